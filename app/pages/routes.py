"""Every address that readers reach, put together for `create_app`."""

from fastapi import APIRouter

from app.pages import (
    clicks,
    confirm,
    editions,
    embed,
    feeds,
    images,
    leave,
    leave_alternatives,
    opinion,
    preferences,
    read,
    search,
    signup,
    sitemap,
    static,
    stay,
)

_PARTS = (
    static,
    images,
    signup,
    embed,
    confirm,
    stay,
    leave,
    leave_alternatives,
    preferences,
    opinion,
    read,
    search,
    feeds,
    sitemap,
    editions,
    clicks,
)


def make_router() -> APIRouter:
    """Return the pages' routes; they expect the Container at `app.state.container`."""
    router = APIRouter(include_in_schema=False)
    for part in _PARTS:
        router.include_router(part.router)
    return router
