"""SPF, DKIM, DMARC and alignment, asked of a real DNS server of this machine."""

from dataclasses import replace
from typing import Any

import pytest

from app.aws.clients import make_clients
from app.doctor.findings import Level
from app.doctor.records import examine_pointer, examine_records
from app.doctor.subject import Subject
from tests.doctor.conftest import ZONE, Dns, told

IDENTITY: dict[str, Any] = {
    "DkimAttributes": {"Tokens": ["first", "second", "third"], "Status": "SUCCESS"},
    "MailFromAttributes": {"MailFromDomain": "bounce.example.com"},
}


@pytest.fixture
def by_ses(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> Subject:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    return replace(subject, clients=make_clients("eu-west-1"))


def test_a_domain_as_it_should_be_is_well(by_ses: Subject) -> None:
    assert told(examine_records(by_ses, IDENTITY)) == {
        "dns_dmarc": Level.OK,
        "dns_dkim": Level.OK,
        "dns_spf": Level.OK,
        "dns_mail_from": Level.OK,
        "dns_alignment": Level.OK,
    }


DMARC = '_dmarc.example.com. TXT "v=DMARC1; p=quarantine; rua=mailto:dmarc@example.com"'
SPF = 'bounce.example.com. TXT "v=spf1 include:amazonses.com ~all"'
MX = "bounce.example.com. MX 10 feedback-smtp.eu-west-1.amazonses.com."
DKIM = "second._domainkey.example.com. CNAME second.dkim.amazonses.com."


@pytest.mark.parametrize(
    ("was", "becomes", "code", "level"),
    [
        (DMARC, "", "dns_dmarc", Level.WRONG),
        (DMARC, '_dmarc.example.com. TXT "v=DMARC1; p=whatever"', "dns_dmarc", Level.WRONG),
        (DMARC, '_dmarc.example.com. TXT "v=DMARC1; p=none"', "dns_dmarc", Level.WARNING),
        (DMARC, DMARC.replace("rua", "pct=50; rua"), "dns_dmarc", Level.WARNING),
        (DMARC, DMARC.replace("rua", "t=y; rua"), "dns_dmarc", Level.WARNING),
        (DMARC, f"{DMARC}\n{DMARC.replace('quarantine', 'none')}", "dns_dmarc", Level.WRONG),
        (DMARC, DMARC.replace("rua", "aspf=s; rua"), "dns_alignment", Level.WARNING),
        (DKIM, "", "dns_dkim", Level.WRONG),
        (DKIM, DKIM.replace("second.dkim", "other.dkim"), "dns_dkim", Level.WRONG),
        (SPF, "", "dns_spf", Level.WRONG),
        (SPF, SPF.replace("include:amazonses.com ", ""), "dns_spf", Level.WRONG),
        (MX, "", "dns_mail_from", Level.WRONG),
        (MX, f"{MX}\nbounce.example.com. MX 20 mail.example.com.", "dns_mail_from", Level.WRONG),
    ],
)
def test_what_is_not_as_it_should_be_is_told(
    by_ses: Subject, dns: Dns, was: str, becomes: str, code: str, level: Level
) -> None:
    assert was in ZONE
    dns.say(ZONE.replace(was, becomes))
    found = list(examine_records(by_ses, IDENTITY))
    assert told(found)[code] is level, found
    assert all(one.mend is not None for one in found if one.level is not Level.OK)


def test_the_policy_of_the_organisation_is_found_by_walking_up_the_tree(
    by_ses: Subject, dns: Dns
) -> None:
    """RFC 9989: from the name itself towards the root; no list of public suffixes is asked."""
    dns.say(ZONE.replace(DMARC, '_dmarc.com. TXT "v=DMARC1; p=reject; sp=none; rua=mailto:a@com"'))
    found = {one.code: one for one in examine_records(by_ses, IDENTITY)}
    assert found["dns_dmarc"].level is Level.OK
    assert found["dns_dmarc"].sentence == "DMARC at com asks for none."


def test_who_has_just_mended_a_record_sees_it(by_ses: Subject, dns: Dns) -> None:
    dns.say(ZONE.replace(DMARC, ""))
    assert told(examine_records(by_ses, IDENTITY))["dns_dmarc"] is Level.WRONG
    dns.say(ZONE)
    assert told(examine_records(by_ses, IDENTITY))["dns_dmarc"] is Level.OK


def test_without_a_mail_from_spf_is_not_aligned(by_ses: Subject) -> None:
    identity = {**IDENTITY, "MailFromAttributes": {}}
    assert told(examine_records(by_ses, identity))["dns_alignment"] is Level.WARNING


def test_a_dns_that_answers_nothing_is_unknown_and_not_wrong(by_ses: Subject, dns: Dns) -> None:
    dns.zone.is_broken = True
    found = told(examine_records(by_ses, IDENTITY))
    assert Level.UNKNOWN in found.values()
    assert Level.WRONG not in found.values()


@pytest.mark.parametrize(
    ("name", "untold"),
    [
        ("_dmarc.example.com", {"dns_dmarc", "dns_alignment"}),
        ("bounce.example.com", {"dns_spf", "dns_mail_from"}),
        ("amazonses.com", {"dns_spf"}),
    ],
)
def test_a_name_that_dns_fails_for_is_said_to_be_unknown_and_not_missing(
    by_ses: Subject, dns: Dns, name: str, untold: set[str]
) -> None:
    dns.zone.fails_for = name
    found = list(examine_records(by_ses, IDENTITY))
    levels = told(found)
    assert levels.pop("dns") is Level.UNKNOWN
    assert any(name in one.sentence for one in found)
    assert (
        set(levels)
        == {"dns_dmarc", "dns_dkim", "dns_spf", "dns_mail_from", "dns_alignment"} - untold
    )
    assert set(levels.values()) == {Level.OK}


def test_a_mail_server_whose_address_leads_back_is_well(dns: Dns) -> None:
    assert told(examine_pointer(dns.resolver, "mail.example.com")) == {"dns_ptr": Level.OK}


@pytest.mark.parametrize("becomes", ["", "25.2.0.192.in-addr.arpa. PTR bounce.example.com."])
def test_a_mail_server_without_a_name_is_told(dns: Dns, becomes: str) -> None:
    dns.say(ZONE.replace("25.2.0.192.in-addr.arpa. PTR mail.example.com.", becomes))
    assert told(examine_pointer(dns.resolver, "mail.example.com")) == {"dns_ptr": Level.WARNING}


def test_a_mail_server_is_known_by_its_address_as_well(dns: Dns) -> None:
    assert told(examine_pointer(dns.resolver, "192.0.2.25")) == {"dns_ptr": Level.OK}
    assert told(examine_pointer(dns.resolver, "2001:db8::25")) == {"dns_ptr": Level.OK}
    assert told(examine_pointer(dns.resolver, "192.0.2.26")) == {"dns_ptr": Level.WARNING}
    assert told(examine_pointer(dns.resolver, "nobody.example.com")) == {"dns_ptr": Level.WARNING}


def test_of_a_mail_server_on_this_machine_nothing_is_known(dns: Dns) -> None:
    assert told(examine_pointer(dns.resolver, "127.0.0.1")) == {}


def test_a_pointer_that_dns_does_not_answer_for_is_unknown(dns: Dns) -> None:
    dns.zone.is_broken = True
    assert told(examine_pointer(dns.resolver, "mail.example.com")) == {"dns": Level.UNKNOWN}
