"""Every address that readers reach, put together for `create_app`."""

from fastapi import APIRouter

from app.pages import (
    ask_link,
    categories,
    clicks,
    confirm,
    editions,
    embed,
    feeds,
    leave,
    leave_alternatives,
    own_address,
    own_data,
    preferences,
    preview,
    read,
    search,
    shared,
    signup,
    sitemap,
    static,
)

_PARTS = (
    static,
    signup,
    embed,
    confirm,
    leave,
    leave_alternatives,
    ask_link,
    preferences,
    own_address,
    own_data,
    read,
    categories,
    search,
    feeds,
    sitemap,
    editions,
    shared,
    preview,
    clicks,
)


def make_router() -> APIRouter:
    """Return the pages' routes; they expect the Container at `app.state.container`."""
    router = APIRouter(include_in_schema=False)
    for part in _PARTS:
        router.include_router(part.router)
    return router
