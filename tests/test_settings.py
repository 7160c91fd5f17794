import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.errors import ConfigError
from app.event_settings import MAX_LOCAL
from app.settings import Settings, load_settings
from tests.good_settings import GOOD

ROOT = Path(__file__).resolve().parents[1]


def _settings(**changes: str) -> Settings:
    return Settings.model_validate(GOOD | changes)


def test_settings_take_several_keys_newest_first() -> None:
    keys = _settings(secret_keys=f"{GOOD['secret_keys']}, {GOOD['address_pepper']}").secret_keys
    assert [key.get_secret_value() for key in keys] == [
        GOOD["secret_keys"],
        GOOD["address_pepper"],
    ]


def test_settings_drop_the_final_slash_of_the_base_url() -> None:
    assert _settings().base_url == "https://digest.example.org"


@pytest.mark.parametrize(
    ("given", "origin", "path"),
    [
        ("https://Digest.Example.org/News/", "https://digest.example.org", "/News"),
        ("HTTPS://digest.example.org:443", "https://digest.example.org", ""),
        ("https://digest.example.org:8443/a", "https://digest.example.org:8443", "/a"),
        ("https://münchen.example", "https://xn--mnchen-3ya.example", ""),
        ("https://[2001:DB8::1]:443", "https://[2001:db8::1]", ""),
    ],
)
def test_base_url_is_kept_as_browsers_name_its_origin(given: str, origin: str, path: str) -> None:
    assert _settings(base_url=given).base_url == origin + path


def test_origins_that_may_embed_are_kept_as_browsers_name_them() -> None:
    settings = _settings(allowed_origins="https://Blog.example:443, https://b.example:8443")
    assert settings.allowed_origins == ["https://blog.example", "https://b.example:8443"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret_keys": ""},
        {"secret_keys": "short"},
        {"secret_keys": "changeme-changeme-changeme-changeme"},
        {"address_pepper": "x" * 40 + "placeholder"},
        {"address_pepper": "short"},
        {"base_url": "http://digest.example.org"},
        {"base_url": "digest.example.org"},
        {"base_url": "https://digest.example.org/?a=b"},
        {"base_url": "https://digest.example.org/#a"},
        {"base_url": "https://ada@digest.example.org"},
        {"base_url": "https://digest.example.org:many"},
        {"base_url": "https://:443"},
        {"transport": "pigeon"},
        {"tick_seconds": "0"},
        {"database_url": ""},
        {"redis_url": ""},
        {"time_scale": "0.5"},
        {"state_folder": "var/state"},
        {"state_bucket": "https://bucket.example"},
        {"images": "var/images"},
        {"images": "s3://Bucket"},
        {"image_max_mb": "21"},
        {"time_scale": "0", "environment": "local"},
        {"database_url": "mysql://localhost/devoured"},
        {"database_url": "localhost/devoured"},
        {"redis_url": "localhost:6379"},
        {"smtp_url": "mail.example.org:25"},
        {"events_queue_url": "sqs.eu-west-1.amazonaws.com/1/q"},
        {"templates": "/nowhere/at/all"},
    ],
)
def test_settings_are_refused_when_wrong(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        _settings(**wrong)


def test_key_of_postmaster_tools_is_googles_json_and_not_shown() -> None:
    key = '{"client_email": "a@b.example", "private_key": "hush", "token_uri": "https://c.example"}'
    assert "hush" not in repr(_settings(postmaster_key=key))
    for wrong in ("key.json", "{}", "[]", '{"client_email": "a@b.example"}'):
        with pytest.raises(ValidationError, match="JSON key that Google gives"):
            _settings(postmaster_key=wrong)


PROVIDER = {
    "oidc_issuer": "https://id.example.org/realm/",
    "oidc_client_id": "desk",
    "oidc_client_secret": "hush-hush-hush",
}


def test_settings_of_a_provider_are_taken_as_it_writes_itself() -> None:
    domains = {"oidc_new_role": "editor", "oidc_new_domains": " @Example.org, b.example"}
    settings = _settings(**PROVIDER, **domains)
    assert settings.oidc_issuer == "https://id.example.org/realm/"
    assert settings.oidc_new_domains == ["example.org", "b.example"]
    assert "hush" not in repr(settings)
    assert _settings(**PROVIDER | {"oidc_issuer": "http://localhost:9"}).oidc_new_role == ""


@pytest.mark.parametrize("missing", PROVIDER)
def test_settings_are_refused_when_a_provider_is_half_set(missing: str) -> None:
    with pytest.raises(ValidationError, match=f"{missing}: is missing"):
        _settings(**{name: value for name, value in PROVIDER.items() if name != missing})


@pytest.mark.parametrize(
    "wrong",
    [
        {"oidc_issuer": "http://id.example.org"},
        {"oidc_issuer": "id.example.org"},
        {"oidc_issuer": "https://id.example.org/?a=b"},
        {"oidc_new_role": "admin", "oidc_new_domains": "example.org"},
        {"oidc_new_role": "editor"},
        {"oidc_new_domains": "example.org"},
    ],
)
def test_settings_of_a_provider_are_refused_when_wrong(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        _settings(**PROVIDER | wrong)


HEARD = {"events_queue_url": "https://sqs.eu-west-1.amazonaws.com/1/q"}
TOPIC = "arn:aws:sns:eu-west-1:000000000000:devoured-events"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("leave@in.example.com", "leave@in.example.com"),
        ("Leave@In.Example.com", "leave@in.example.com"),
        ("leave@bücher.example.com", "leave@xn--bcher-kva.example.com"),
        ("l" * MAX_LOCAL + "@in.example.com", "l" * MAX_LOCAL + "@in.example.com"),
        ("", ""),
    ],
)
def test_address_for_leaving_is_kept_in_one_spelling(given: str, kept: str) -> None:
    assert _settings(**HEARD, inbound_address=given).inbound_address == kept
    assert _settings(sns_topics=TOPIC, inbound_address=given).inbound_address == kept


@pytest.mark.parametrize(
    "wrong",
    [
        *("leave", "leave@", "Leave <leave@in.example.com>", "leave+here@in.example.com"),
        *("l" * (MAX_LOCAL + 1) + "@in.example.com", "löschen@in.example.com", "a b@c.example.com"),
        *("leave@in.example.com>, <https://evil.example", "leave@in.example.com\r\nBcc: x@y.de"),
    ],
)
def test_address_for_leaving_is_refused_when_it_is_none_or_has_no_room(wrong: str) -> None:
    with pytest.raises(ValidationError, match="inbound_address"):
        _settings(**HEARD, inbound_address=wrong)


def test_address_for_leaving_is_refused_where_nobody_listens() -> None:
    with pytest.raises(ValidationError, match="inbound_address: nobody listens there"):
        _settings(inbound_address="leave@in.example.com")


def test_settings_allow_http_and_weak_secrets_on_one_machine() -> None:
    local = _settings(environment="local", base_url="http://127.0.0.1:8025", secret_keys="demo")
    assert local.base_url == "http://127.0.0.1:8025"


def test_settings_never_show_a_secret() -> None:
    shown = repr(_settings())
    assert GOOD["secret_keys"] not in shown
    assert GOOD["address_pepper"] not in shown


def test_load_settings_names_what_is_wrong_without_its_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in (*GOOD, "transport"):
        monkeypatch.delenv(f"DEVOURED_{name.upper()}", raising=False)
    monkeypatch.setenv("DEVOURED_SECRET_KEYS", "a-weak-one")
    monkeypatch.setenv("DEVOURED_TRANSPORT", "pigeon-post")
    with pytest.raises(ConfigError) as refused:
        load_settings()
    said = str(refused.value)
    assert "DEVOURED_BASE_URL" in said
    assert "DEVOURED_TRANSPORT" in said
    assert "a-weak-one" not in said
    assert "pigeon-post" not in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DEVOURED_SECRET_KEYS", f"{GOOD['secret_keys']},short", "key 2 must have at least 32"),
        ("DEVOURED_SECRET_KEYS", "changeme" * 5, "DEVOURED_SECRET_KEYS: key 1 is still a place"),
        ("DEVOURED_ADDRESS_PEPPER", "short", "DEVOURED_ADDRESS_PEPPER: it must have at least 32"),
        ("DEVOURED_BASE_URL", "http://a.example", "DEVOURED_BASE_URL: must be https"),
        ("DEVOURED_DATABASE_URL", "mysql://a:pw@b/c", "must begin with postgresql://"),
        ("DEVOURED_REDIS_URL", "a:pw@b", "must begin with redis:// or rediss:// or unix://"),
        ("DEVOURED_TEMPLATES", "/nowhere", "DEVOURED_TEMPLATES: there is no folder at this path"),
        ("DEVOURED_BASE_ULR", "x", "DEVOURED_BASE_ULR: is no setting; did you mean DEVOURED_BASE"),
        ("DEVOURED_ZZZ", "x", "DEVOURED_ZZZ: is no setting"),
    ],
)
def test_load_settings_says_which_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    for setting, good in GOOD.items():
        monkeypatch.setenv(f"DEVOURED_{setting.upper()}", good)
    load_settings()
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as refused:
        load_settings()
    assert said in str(refused.value)
    assert "pw" not in str(refused.value)


def test_env_example_names_every_setting_and_its_default() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    written = dict(line.split("=", 1) for line in lines if re.match(r"DEVOURED_\w+=", line))
    fields = {f"DEVOURED_{name.upper()}": name for name in Settings.model_fields}
    assert set(written) == set(fields)
    given = {fields[name]: value for name, value in written.items() if value}
    example = Settings.model_validate(GOOD | given).model_dump()
    plain = Settings.model_validate(GOOD).model_dump()
    assert example | {"smtp_url": None} == plain | {"smtp_url": None}


@pytest.mark.parametrize(
    ("changes", "is_on"),
    [
        ({}, False),
        ({"ses_configuration_set": "devoured"}, False),
        ({"events_queue_url": "https://sqs/q"}, False),
        ({"ses_configuration_set": "devoured", "events_queue_url": "https://sqs/q"}, True),
        ({"ses_configuration_set": "devoured", "sns_topics": "arn:aws:sns:eu-west-1:1:t"}, True),
        (
            {
                "ses_configuration_set": "devoured",
                "events_queue_url": "https://sqs/q",
                "transport": "smtp",
            },
            False,
        ),
        (
            {
                "ses_configuration_set": "devoured",
                "events_queue_url": "https://sqs/q",
                "doubt_probe": "off",
            },
            False,
        ),
        ({"doubt_probe": "on"}, True),
    ],
)
def test_probes_are_sent_by_themselves_where_events_are_set_up(
    changes: dict[str, str], *, is_on: bool
) -> None:
    assert _settings(**changes).sends_probes is is_on
