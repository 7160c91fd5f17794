"""The doctor's page in a browser: axe in both schemes and widths, and the way to what was found."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect
from redis import Redis

from app.access.rights import Role
from app.access.sign_in import hand_out_link
from app.access.users import add_user
from app.actors import CLI
from app.addresses import parse_address
from app.container import Container
from app.db.session import transaction
from app.doctor.findings import ok, unknown, warning, wrong
from app.doctor.kept import keep
from app.sentences import Sentence
from tests.browser.conftest import OpenPage, looks
from tests.browser.test_desk import faults, widths

Link = Callable[[], str]
LATER = 9_999_999_999_999
"""What an examination was asked with that answers whoever asks now."""

FOUND = (
    wrong(
        "aws_rights",
        Sentence(
            "The credentials lack the IAM actions %(actions)s.",
            actions=["ses:SendBulkEmail", "ses:SendBulkTemplatedEmail", "sqs:DeleteMessage"],
        ),
        Sentence("Attach the policy that devoured aws plan --policy prints."),
    ),
    warning(
        "dns_dmarc",
        Sentence("The DMARC record at %(location)s asks for no reports.", location="a" * 60),
        Sentence("Add rua=mailto:… with a mailbox that somebody reads."),
    ),
    unknown("dns", Sentence("DNS did not answer: %(kind)s.", kind="LifetimeTimeout")),
    ok("database", Sentence("PostgreSQL answers.")),
)


@pytest.fixture
def link(container: Container) -> Link:
    """Return a function that makes a link for an admin."""
    with transaction(container.sessions) as session:
        typed = parse_address("ada@desk.test", allow_reserved=True)
        ada = add_user(session, CLI, "Ada", typed, [Role.ADMIN], container.clock())

    def do() -> str:
        base_url = container.settings.base_url
        with transaction(container.sessions) as session:
            made = hand_out_link(session, CLI, ada.id, base_url, container.clock())
        return made.removeprefix(base_url)

    return do


@pytest.fixture
def valkey(container: Container) -> Iterator[Redis]:
    with Redis.from_url(container.settings.redis_url, socket_timeout=20) as client:
        yield client


@looks
@widths
def test_axe_finds_nothing_on_what_the_doctor_found(
    open_page: OpenPage, link: Link, container: Container, valkey: Redis, look: str, width: int
) -> None:
    keep(valkey, FOUND, container.clock(), 1)
    page = open_page(link(), width=width, color_scheme=look, reduced_motion="reduce")
    page.get_by_role("button", name="Sign in").click()
    found = {}
    for language, heading in (("en", "What is wrong"), ("de", "Was nicht stimmt")):
        page.goto(f"/desk/doctor?lang={language}")
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        found[language] = faults(page, width)
    page.get_by_role("button", name="Jetzt alles untersuchen").click()
    expect(page.get_by_role("status")).to_contain_text("Ein Worker sieht nach")
    found["waiting"] = faults(page, width)
    assert {name: one for name, one in found.items() if one} == {}


def test_the_page_leads_on_by_itself_once_a_worker_has_looked(
    open_page: OpenPage, link: Link, container: Container, valkey: Redis
) -> None:
    page = open_page(link())
    page.get_by_role("button", name="Sign in").click()
    page.goto("/desk/doctor")
    page.get_by_role("button", name="Look at everything now").click()
    expect(page.get_by_role("status")).to_contain_text("A worker is looking")
    keep(valkey, FOUND, container.clock(), LATER)
    expect(page.get_by_text("PostgreSQL answers.")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("status")).to_have_count(0)


def test_without_a_script_a_link_leads_to_what_was_found(
    open_page: OpenPage, link: Link, container: Container, valkey: Redis
) -> None:
    page = open_page(link(), java_script_enabled=False)
    page.get_by_role("button", name="Sign in").click()
    page.goto("/desk/doctor")
    page.get_by_role("button", name="Look at everything now").click()
    keep(valkey, FOUND, container.clock(), LATER)
    page.get_by_role("link", name="Look whether it is there").click()
    expect(page.get_by_text("PostgreSQL answers.")).to_be_visible()
