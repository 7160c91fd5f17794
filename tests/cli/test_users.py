"""`devoured users`: people added by command, whose link opens the desk, and the last admin kept."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.sign_in import check_link
from app.clock import system_clock
from app.models import AuditEntry, User
from tests.cli.conftest import Devoured

ADA = ("--name", "Ada", "--address", "ada@example.com")


def test_users_add_prints_a_link_alone_on_stdout(cli: Devoured, session: Session) -> None:
    assert "Nobody yet" in cli("users", "list").err
    ran = cli("users", "add", *ADA, "--role", "admin")
    assert ran.code == 0
    link = ran.out.strip()
    assert link.startswith("http://127.0.0.1:8000/desk/sign-in/")
    assert link not in ran.err
    assert "Ada may: admin" in ran.err
    found = check_link(session, link.rpartition("/")[2], system_clock())
    assert session.get_one(User, found.user_id).name == "Ada"
    listed = cli("users", "list").out
    assert "ada@example.com" in listed
    assert "admin" in listed


def test_users_link_makes_another_link(cli: Devoured, session: Session) -> None:
    first = cli("users", "add", *ADA, "--role", "viewer").out
    second = cli("users", "link", "ADA@example.com").out
    assert first != second
    check_link(session, second.strip().rpartition("/")[2], system_clock())
    assert cli("users", "link", "bob@example.com").code == 1
    verbs = session.scalars(select(AuditEntry.verb).order_by(AuditEntry.id)).all()
    assert verbs == ["add_user", "make_sign_in_link", "make_sign_in_link"]


def test_users_role_and_remove_keep_one_admin(cli: Devoured, session: Session) -> None:
    cli("users", "add", *ADA, "--role", "admin")
    for arguments in (("role", "ada@example.com", "--role", "viewer"), ("remove", ADA[3])):
        ran = cli("users", *arguments)
        assert ran.code == 1
        assert "Nobody would be left" in ran.err
    added = cli("users", "add", "--name", "Bob", "--address", "bob@example.com", "--role", "editor")
    assert added.code == 0
    ran = cli("users", "role", "bob@example.com", "--role", "admin", "--role", "sender")
    assert ran.out == "Bob may: sender, admin.\n"
    assert cli("users", "remove", "ada@example.com").out == "Ada is removed.\n"
    assert session.scalars(select(User.name)).all() == ["Bob"]


def test_users_add_exits_2_on_what_it_cannot_take(cli: Devoured) -> None:
    assert cli("users", "add", *ADA).code == 2
    assert cli("users", "add", *ADA, "--role", "owner").code == 2
    ran = cli("users", "add", "--name", "Ada", "--address", "ada", "--role", "viewer")
    assert ran.code == 2
    assert "has an @ in it" in ran.err
