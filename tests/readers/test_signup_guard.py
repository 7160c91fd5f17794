"""What a sign-up passes before it is written down."""

from collections.abc import Iterator

import pytest

from app.container import Container, build
from app.enums import ConsentSource
from app.errors import InvalidInput, TooMany
from app.readers.signup_guard import SignupGuard
from app.readers.signup_request import InvalidSignup, SignupRequest, check_request
from app.settings import Settings


@pytest.fixture
def container(settings: Settings) -> Iterator[Container]:
    strict = settings.model_copy(
        update={
            "refuse_roles": True,
            "signups_per_address": 2,
            "signups_per_network": 3,
        }
    )
    container = build(strict, enqueue_now=lambda _jobs: None)
    yield container
    container.engine.dispose()


@pytest.fixture
def signup_guard(container: Container) -> SignupGuard:
    return container.signup_guard


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("a@mailinator.com", "tomorrow"),
        ("a@deep.below.mailinator.com", "tomorrow"),
        ("INFO@firm.example", "of your own"),
        ("sales+digest@firm.example", "of your own"),
        ("jürgen@firm.example", "plain letters"),
        ("nobody", "@"),
    ],
)
def test_address_is_refused_with_a_reason(signup_guard: SignupGuard, typed: str, word: str) -> None:
    with pytest.raises(InvalidInput, match=word):
        signup_guard.address(typed)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("  Ada@Firm.Example ", "Ada@firm.example"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@straße.example", "ada@xn--strae-oqa.example"),
        ("information@firm.example", "information@firm.example"),
    ],
)
def test_address_is_brought_to_one_form(signup_guard: SignupGuard, typed: str, text: str) -> None:
    assert signup_guard.address(typed).text == text


def test_address_of_any_kind_is_taken_when_the_settings_say_so(settings: Settings) -> None:
    container = build(settings.model_copy(update={"refuse_disposable": False}))
    assert container.signup_guard.address("info@mailinator.com").text == "info@mailinator.com"
    container.engine.dispose()


def test_admit_is_silent_about_an_address_and_says_when_a_network_may_come_again(
    signup_guard: SignupGuard,
) -> None:
    addresses = [signup_guard.address(f"{name}@firm.example") for name in ("a", "a", "a", "b")]
    admitted = [signup_guard.admit(address, "8.8.8.8") for address in addresses]
    assert admitted == [True, True, False, True]
    with pytest.raises(TooMany, match="your network") as caught:
        signup_guard.admit(signup_guard.address("c@firm.example"), "8.8.8.8")
    assert 1100 < caught.value.wait_seconds <= 1200


@pytest.mark.parametrize("wording", ["", "x", "00" * 31, "00" * 33])
def test_origin_has_no_wording_when_it_is_no_digest(wording: str) -> None:
    origin = _request("a@b.example", wording=wording).origin
    assert (origin.wording, origin.network) == (None, "8.8.8.0/24")


def test_check_request_names_every_field_that_is_wrong(signup_guard: SignupGuard) -> None:
    wrong = _request("nobody", time_zone="Mars/Olympus")
    with pytest.raises(InvalidSignup) as caught:
        check_request(signup_guard, wrong)
    assert [one.pointer for one in caught.value.errors] == ["/address", "/time_zone"]


def _request(address: str, *, time_zone: str | None = None, wording: str = "") -> SignupRequest:
    return SignupRequest(
        address=address,
        time_zone=time_zone,
        source=ConsentSource.PAGE,
        client="8.8.8.8",
        wording=wording,
    )
