"""An image is uploaded in the editor: kept by who may edit, told in words where it cannot be."""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.rights import Role
from app.container import Container
from app.models import AuditEntry, Image, User
from tests.desk.browsing import Browsing
from tests.images.files import image_file

Add = Callable[..., User]
SignIn = Callable[[User], Browsing]


def _sent(browsing: Browsing, data: bytes, token: str | None = None) -> tuple[int, dict[str, str]]:
    headers = {
        "X-Form-Token": browsing.form_token() if token is None else token,
        "Sec-Fetch-Site": "same-origin",
        "Accept": "application/json",
        "Content-Type": "application/octet-stream",
    }
    answer = browsing.client.post("/desk/images", content=data, headers=headers)
    is_json = answer.headers["content-type"].startswith("application/json")
    return answer.status_code, answer.json() if is_json else {}


def test_editor_uploads_an_image_and_the_audit_names_them(
    add: Add, sign_in: SignIn, session: Session, container: Container
) -> None:
    ada = add(Role.EDITOR)
    status, said = _sent(sign_in(ada), image_file())
    assert status == 201
    assert session.scalars(select(Image.name)).all() == [said["name"]]
    assert container.images
    assert container.images.get(said["name"])
    entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == "add_image")).one()
    assert entry.who_id == ada.id


def test_what_is_no_image_is_told_in_the_language_of_the_editor(
    add: Add, sign_in: SignIn, session: Session
) -> None:
    status, said = _sent(sign_in(add(Role.EDITOR, language="de")), b"no image")
    assert status == 422
    assert said["detail"].startswith("Diese Datei ist kein JPEG")
    assert session.scalars(select(Image)).all() == []


def test_image_of_another_form_or_person_is_not_kept(
    add: Add, sign_in: SignIn, session: Session
) -> None:
    assert _sent(sign_in(add(Role.EDITOR)), image_file(), token="another")[0] == 403
    assert _sent(sign_in(add(Role.VIEWER, name="Bob")), image_file())[0] == 403
    assert session.scalars(select(Image)).all() == []
