"""People: added, given roles, removed; keys made and revoked; all of it named in the audit."""

import re
from collections.abc import Callable

import pytest
from httpx2 import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.keys import check_key
from app.access.rights import Role
from app.access.users import admins, change_user, remove_user
from app.actors import CLI
from app.addresses import parse_address
from app.container import Container
from app.db.session import Sessions, transaction
from app.delivery.suppression import suppress
from app.enums import Scope, SuppressionReason
from app.errors import Unauthorised, WrongState
from app.models import ApiKey, AuditEntry, Letter, User
from tests.desk.browsing import Browsing, text_of
from tests.desk.conftest import Clock

Add = Callable[..., User]
SignIn = Callable[[User], Browsing]
BOB = {"name": "Bob", "address": "bob@desk.example", "roles": ["editor", "sender"]}


@pytest.fixture
def boss(add: Add, sign_in: SignIn) -> Browsing:
    """Sign an admin in."""
    browsing = sign_in(add(Role.ADMIN, name="Grace"))
    browsing.form_token()
    return browsing


def _last(session: Session) -> AuditEntry:
    session.rollback()
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    return entry


def _user(session: Session, name: str) -> User | None:
    session.rollback()
    return session.scalar(select(User).where(User.name == name))


def test_person_who_is_added_gets_a_link_and_the_audit_names_who_did_it(
    boss: Browsing, session: Session
) -> None:
    answer = boss.post("/desk/people", BOB)
    bob = _user(session, "Bob")
    assert bob is not None
    assert answer.headers["location"] == f"/desk/people/{bob.id}?done=added"
    assert "A link to sign in is on its way" in text_of(boss.get(answer.headers["location"]))
    assert bob.roles == ["editor", "sender"]
    letter = session.scalars(select(Letter)).one()
    assert letter.facts == {"user_id": bob.id, "minutes": 24 * 60, "language": ""}
    entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == "add_user")).all()[-1]
    assert (entry.who_kind, entry.who, entry.target_id) == ("person", "Grace", bob.id)
    assert entry.after == {"name": "Bob", "roles": ["editor", "sender"], "language": ""}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": " \u200b "}, "Please type a name."),
        ({"name": "x" * 61}, "60 characters at most"),
        ({"address": "bob"}, "A mail address has an @ in it"),
        ({"address": "GRACE@desk.example"}, "Somebody here has this address already."),
        ({"roles": []}, "Please choose at least one role."),
        ({"roles": ["owner"]}, "Please choose at least one role."),
    ],
)
def test_form_says_at_its_field_what_is_wrong_and_keeps_what_was_typed(
    boss: Browsing, session: Session, change: dict[str, object], sentence: str
) -> None:
    answer = boss.post("/desk/people", BOB | change)
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert "bob" in answer.text.lower()
    assert len(session.scalars(select(User.id)).all()) == 1


def test_last_admin_stays_one(boss: Browsing, session: Session) -> None:
    (grace,) = session.scalars(select(User.id))
    for path, data in (
        (f"/desk/people/{grace}", {"name": "Grace", "roles": ["viewer"], "version": "1"}),
        (f"/desk/people/{grace}/remove", {}),
    ):
        answer = boss.post(path, data)
        assert answer.status_code in {409, 422}
        assert "Nobody would be left who may add people." in text_of(answer)
    session.rollback()
    assert session.scalars(select(User.roles)).all() == [["admin"]]


@pytest.mark.parametrize("removes", [True, False])
def test_of_two_admins_who_take_the_role_from_each_other_one_stays(
    add: Add, sessions: Sessions, clock: Clock, *, removes: bool
) -> None:
    grace, hedy = add(Role.ADMIN, name="Grace"), add(Role.ADMIN, name="Hedy")

    def take_from(session: Session, user: User) -> None:
        if removes:
            remove_user(session, CLI, user.id, clock())
        else:
            change_user(session, CLI, user.id, clock(), roles=[Role.VIEWER])

    with transaction(sessions) as late:
        known = late.scalars(select(User)).all()  # as a page knows them, before it has the lock
        with transaction(sessions) as early:
            take_from(early, hedy)
        with pytest.raises(WrongState):
            take_from(late, grace)
        assert known
    with transaction(sessions) as session:
        assert [one.name for one in admins(session)] == ["Grace"]


def test_person_is_changed_and_removed_by_admins(
    boss: Browsing, add: Add, session: Session
) -> None:
    bob = add(Role.VIEWER, name="Bob")
    change = {"name": "Bob B.", "roles": ["editor"], "version": "1"}
    assert boss.post(f"/desk/people/{bob.id}", change).status_code == 303
    entry = _last(session)
    assert (entry.verb, entry.before, entry.after) == (
        "change_user",
        {"name": "Bob", "roles": ["viewer"]},
        {"name": "Bob B.", "roles": ["editor"]},
    )
    assert boss.post(f"/desk/people/{bob.id}/remove").status_code == 303
    assert _last(session).verb == "remove_user"
    assert _user(session, "Bob B.") is None
    assert boss.get(f"/desk/people/{bob.id}").status_code == 404


def test_no_link_is_mailed_to_a_suppressed_address(
    boss: Browsing, add: Add, visitor: Callable[[], Browsing], container: Container,
    session: Session, clock: Clock,
) -> None:  # fmt: skip
    bob = add(Role.VIEWER, name="Bob")
    with transaction(container.sessions) as other:
        suppress(
            other,
            CLI,
            parse_address(bob.address, allow_reserved=True),
            SuppressionReason.COMPLAINT,
            note="",
            pepper=container.pepper,
            now=clock(),
        )
    answer = boss.post(f"/desk/people/{bob.id}/link")
    assert answer.headers["location"].endswith("?done=barred")
    assert "No mail was sent" in text_of(boss.get(answer.headers["location"]))
    assert visitor().post("/desk/sign-in", {"address": bob.address}).status_code == 202
    assert session.scalars(select(Letter.id)).all() == []


def test_key_is_shown_once_and_may_do_what_was_ticked(
    boss: Browsing, sessions: Sessions, clock: Clock
) -> None:
    answer = boss.post(
        "/desk/keys",
        {
            "name": "script",
            "scopes": ["read", "edit"],
            "days": "30",
            "networks": "203.0.113.9, ::1",
        },
    )
    assert answer.status_code == 201
    secret = re.findall(r"<code>(dv_[\w-]+)</code>", answer.text)[0]
    assert secret not in boss.get("/desk/keys").text
    with transaction(sessions) as session:
        key = check_key(session, secret, [Scope.EDIT], clock(), "203.0.113.9")
        assert key.scopes == ["edit", "read"]
        assert key.networks == ["203.0.113.9/32", "::1/128"]
        assert key.expires_at is not None
        assert (key.expires_at - clock()).days == 30
    assert boss.post(f"/desk/keys/{key.id}/revoke").status_code == 303
    with transaction(sessions) as session, pytest.raises(Unauthorised):
        check_key(session, secret, [], clock(), "203.0.113.9")


def test_form_of_a_key_that_is_sent_twice_makes_one_key_and_shows_it_both_times(
    boss: Browsing, session: Session, clock: Clock
) -> None:
    form = re.findall(r'name="form" value="([^"]+)"', boss.get("/desk/keys").text)[0]
    sent = {"name": "script", "scopes": ["read"], "form": form}
    shown = [
        re.findall(r"<code>(dv_[\w-]+)</code>", boss.post("/desk/keys", given).text)[0]
        for given in (sent, sent, sent | {"name": "other"})
    ]
    assert shown[0] == shown[1] != shown[2]
    keys = session.scalars(select(ApiKey).order_by(ApiKey.id)).all()
    assert [key.name for key in keys] == ["script", "other"]
    assert check_key(session, shown[1], [Scope.READ], clock()).name == "script"
    session.rollback()
    boss.post(f"/desk/keys/{keys[0].id}/revoke")
    assert boss.post("/desk/keys", sent).headers["location"] == "/desk/keys"
    other = re.findall(r'name="form" value="([^"]+)"', boss.get("/desk/keys").text)[0]
    assert other != form


def test_form_of_a_person_that_somebody_changed_meanwhile_changes_nothing(
    boss: Browsing, add: Add, sign_in: Callable[[User], Browsing], session: Session
) -> None:
    bob = add(Role.VIEWER, name="Bob")
    path = f"/desk/people/{bob.id}"
    old = _version(boss.get(path))
    other = sign_in(add(Role.ADMIN, name="Ida"))
    assert _version(other.get(path)) == old
    given = {"name": "Bob", "roles": ["editor"], "version": old}
    assert other.post(path, given).status_code == 303
    mine = {"name": "Robert", "roles": ["sender"], "version": old}
    refused = boss.post(path, mine)
    assert refused.status_code == 412
    assert "Ida changed this after you opened it: it is Bob, Editor now." in text_of(refused)
    assert 'value="Robert"' in refused.text
    session.rollback()
    assert session.get_one(User, bob.id).roles == ["editor"]
    assert boss.post(path, mine | {"version": _version(refused)}).status_code == 303
    session.rollback()
    assert session.get_one(User, bob.id).name == "Robert"
    assert boss.post(path, mine | {"version": "x"}).status_code == 422


def _version(answer: Response) -> str:
    return str(re.findall(r'name="version" value="(\d+)"', answer.text)[0])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "Please type a name."),
        ({"scopes": []}, "Please choose what the key may do."),
        ({"networks": "everywhere"}, "“everywhere” is no network"),
    ],
)
def test_key_that_cannot_be_made_is_said_at_its_field(
    boss: Browsing, session: Session, change: dict[str, object], sentence: str
) -> None:
    answer = boss.post("/desk/keys", {"name": "script", "scopes": ["read"], **change})
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert session.scalars(select(ApiKey.id)).all() == []
