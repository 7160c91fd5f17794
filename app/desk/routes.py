"""Every address of the desk, put together for `create_app`."""

from typing import Final

from fastapi import APIRouter, Depends

from app.desk import (
    account,
    audit,
    categories,
    checks,
    corrections,
    doctor,
    document,
    editor,
    editor_checks,
    editor_pane,
    editor_reader,
    history,
    images,
    issue,
    issue_sponsor,
    issues,
    keys,
    left_out,
    look,
    mail_templates,
    passkeys,
    pastes,
    people,
    places,
    plan,
    provider,
    publication,
    reader,
    reader_acts,
    readers,
    results,
    sending,
    service,
    several,
    sign_in,
    static_files,
    steps,
    stories,
    suppressions,
    today,
    watch,
    webhooks,
)
from app.desk.cookies import FRONT
from app.desk.forms import check_origin

_PARTS: Final = (
    static_files,
    sign_in,
    passkeys,
    provider,
    today,
    account,
    issues,
    images,
    pastes,
    issue,
    issue_sponsor,
    plan,
    left_out,
    steps,
    sending,
    corrections,
    several,
    stories,
    history,
    editor,
    editor_checks,
    editor_pane,
    editor_reader,
    readers,
    reader,
    reader_acts,
    results,
    publication,
    look,
    categories,
    checks,
    people,
    keys,
    webhooks,
    audit,
    mail_templates,
    suppressions,
    service,
    watch,
    doctor,
    places,
)


def make_desk_router() -> APIRouter:
    """Return the desk's routes; they expect the Container at `app.state.container`.

    None takes a form from another site. Each names who may use it (`deps.needs`), but for those of
    signing in and the stylesheet; a test holds them to that.
    """
    router = APIRouter(prefix=FRONT, include_in_schema=False, dependencies=[Depends(check_origin)])
    router.add_api_route("", today.front, methods=["GET", "HEAD"])
    for part in _PARTS:
        router.include_router(part.router)
    # A websocket is no form: it says by its own `Origin` from where it comes.
    sockets = APIRouter(include_in_schema=False)
    sockets.include_router(document.router)
    sockets.include_router(router)
    return sockets
