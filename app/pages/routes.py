"""Every address that readers reach, put together for `create_app`."""

from fastapi import APIRouter

from app.pages import (
    ask_link,
    confirm,
    editions,
    leave,
    less,
    own_address,
    own_data,
    preferences,
    read,
    signup,
    static,
)


def make_router() -> APIRouter:
    """The pages' routes; they expect the Container at `app.state.container`."""
    router = APIRouter(include_in_schema=False)
    for part in (
        static,
        signup,
        confirm,
        leave,
        less,
        ask_link,
        preferences,
        own_address,
        own_data,
        read,
        editions,
    ):
        router.include_router(part.router)
    return router
