"""Every address that readers reach, put together for `create_app`."""

from fastapi import APIRouter

from app.pages import confirm, editions, leave, preferences, read, signup, static


def make_router() -> APIRouter:
    """The pages' routes; they expect the Container at `app.state.container`."""
    router = APIRouter(include_in_schema=False)
    for part in (static, signup, confirm, leave, preferences, read, editions):
        router.include_router(part.router)
    return router
