"""DNS of the sender's domain: SPF, DKIM, DMARC, and whether they speak for the From address.

SPF is read as RFC 7208 says, DMARC as RFC 9989, which took the place of RFC 7489 in May 2026: the
policy is found by walking up the tree and no longer by a list of public suffixes; `t=y` says that
a policy is only tried, and `pct` is gone.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, Final

from dns.exception import DNSException
from dns.resolver import Resolver

from app.doctor.asking import SECONDS, Noting, answers, silence, silent, silent_about
from app.doctor.findings import Finding, ok, warning, wrong
from app.doctor.subject import Subject
from app.sentences import Sentence

_SES_SPF: Final = "amazonses.com"
_RECORD_OF_SES: Final = "v=spf1 include:amazonses.com ~all"
_RECORD_OF_OTHERS: Final = "v=spf1 … ~all"
_PCT: Final = re.compile(r";\s*pct\s*=", re.IGNORECASE)


def examine_records(subject: Subject, identity: Mapping[str, Any]) -> Iterator[Finding]:
    """Look at the records; `identity` is what SES says of the domain, empty where it does not."""
    domain, resolver = subject.domain, subject.resolver
    if not domain:
        return
    if (error := silence(resolver, domain)) is not None:
        yield silent(error)
        return
    _forget_answers()
    mail_from = str(identity.get("MailFromAttributes", {}).get("MailFromDomain", ""))
    dmarc, finding = _dmarc(resolver, domain)
    yield finding
    yield from _dkim(resolver, domain, identity.get("DkimAttributes", {}))
    by_ses = subject.clients is not None
    if by_ses and not mail_from:
        yield warning(
            "dns_alignment",
            Sentence("SPF is Amazon's and not aligned with From: DMARC rests on DKIM alone."),
            Sentence("Set a custom MAIL FROM below %(domain)s in SES.", domain=domain),
        )
        return
    yield _spf(resolver, mail_from or domain, by_ses=by_ses)
    if mail_from:
        yield _mail_exchange(resolver, mail_from, subject.settings.aws_region)
        if dmarc is not None:
            yield _alignment(dmarc, domain, mail_from)


def _forget_answers() -> None:
    """Empty checkdmarc's own cache: who has just mended a record is to see it."""
    # It takes a fifth of a second to import, which other commands need not pay.
    from checkdmarc.utils import DNS_CACHE  # noqa: PLC0415  # as said above

    DNS_CACHE.clear()


def _dmarc(resolver: Resolver, domain: str) -> tuple[Mapping[str, Any] | None, Finding]:
    """Return what checkdmarc says of the policy, None where DNS was silent, and what to tell."""
    from checkdmarc.dmarc import check_dmarc  # noqa: PLC0415  # as in _forget_answers

    asked = Noting(resolver)
    found: Mapping[str, Any] = check_dmarc(domain, resolver=asked, timeout=SECONDS, retries=0)
    if not found["valid"] and asked.silent:
        return None, silent_about(asked)
    return found, _judged(found, domain)


def _judged(found: Mapping[str, Any], domain: str) -> Finding:
    code = "dns_dmarc"
    if found["valid"]:
        return _policy(found, domain)
    if found.get("record"):
        return wrong(
            code,
            Sentence("The DMARC record of %(domain)s cannot be read.", domain=domain),
            Sentence("Write it as v=DMARC1; p=none; rua=mailto:…, and nothing else at that name."),
        )
    return wrong(
        code,
        Sentence("%(domain)s has no DMARC record that mailboxes find.", domain=domain),
        Sentence(
            "Publish a TXT record at _dmarc.%(domain)s: v=DMARC1; p=none; rua=mailto:…",
            domain=domain,
        ),
    )


def _policy(found: Mapping[str, Any], domain: str) -> Finding:
    """Judge a record that is well formed. Source: RFC 9989, "DMARC Policy Record Format"."""
    code = "dns_dmarc"
    tags, location, record = found["tags"], str(found["location"]), str(found["record"])
    policy = str(tags["p" if location == domain else "sp"]["value"])
    at = Sentence("DMARC at %(location)s asks for %(policy)s.", location=location, policy=policy)
    if _PCT.search(record):
        return warning(
            code,
            Sentence("The DMARC record at %(location)s has pct, which is gone.", location=location),
            Sentence("Take pct out; t=y says that a policy is only tried (RFC 9989)."),
        )
    if not tags.get("rua", {}).get("value"):
        return warning(
            code,
            Sentence("The DMARC record at %(location)s asks for no reports.", location=location),
            Sentence("Add rua=mailto:… with a mailbox that somebody reads."),
        )
    if str(tags.get("t", {}).get("value", "n")) == "y" and policy != "none":
        return warning(
            code,
            Sentence("The DMARC policy at %(location)s is only being tried.", location=location),
            Sentence("Take t=y out once the reports are clean."),
        )
    return ok(code, at)


def _dkim(resolver: Resolver, domain: str, found: Mapping[str, Any]) -> Iterator[Finding]:
    """Look for the three records of Easy DKIM. Source: SES developer guide, "Easy DKIM"."""
    tokens: Sequence[str] = found.get("Tokens", [])
    if not tokens or found.get("SigningAttributesOrigin", "AWS_SES") != "AWS_SES":
        return
    zone = str(found.get("SigningHostedZone") or "dkim.amazonses.com")
    lacking = []
    for token in tokens:
        name = f"{token}._domainkey.{domain}"
        try:
            targets = answers(resolver, name, "CNAME")
        except DNSException as error:
            yield silent(error)
            return
        if [one.lower() for one in targets] != [f"{token}.{zone}".lower()]:
            lacking.append(name)
    if lacking:
        yield wrong(
            "dns_dkim",
            Sentence("DNS lacks the DKIM record %(names)s.", names=lacking),
            Sentence("Publish it as a CNAME, exactly as SES shows it."),
        )
    else:
        yield ok("dns_dkim", Sentence("The DKIM records are in DNS."))


def _spf(resolver: Resolver, domain: str, *, by_ses: bool) -> Finding:
    from checkdmarc.spf import check_spf  # noqa: PLC0415  # as in _forget_answers

    code = "dns_spf"
    asked = Noting(resolver)
    found = check_spf(domain, resolver=asked, timeout=SECONDS, retries=0)
    if not found["valid"] and asked.silent:
        return silent_about(asked)
    record = str(found.get("record") or "")
    if not record:
        hint = _RECORD_OF_SES if by_ses else _RECORD_OF_OTHERS
        return wrong(
            code,
            Sentence("%(domain)s has no SPF record.", domain=domain),
            Sentence("Publish a TXT record there: %(record)s", record=hint),
        )
    if (found.get("dns_lookups") or 0) > 10:  # noqa: PLR2004  # RFC 7208 section 4.6.4
        return wrong(
            code,
            Sentence("The SPF record of %(domain)s needs more than 10 lookups.", domain=domain),
            Sentence("Take out what sends nothing any more: with more than 10 it counts as none."),
        )
    if by_ses and f"include:{_SES_SPF}" not in record:
        return wrong(
            code,
            Sentence("The SPF record of %(domain)s leaves Amazon out.", domain=domain),
            Sentence("Add include:amazonses.com before its all."),
        )
    if not found["valid"]:
        return warning(
            code,
            Sentence("The SPF record of %(domain)s is not whole.", domain=domain),
            Sentence("Look at it by a checker of SPF; each include must be there."),
        )
    return ok(code, Sentence("SPF of %(domain)s is well.", domain=domain))


def _feedback_host(region: str) -> str:
    return f"feedback-smtp.{region}.amazonses.com"


def _mail_exchange(resolver: Resolver, domain: str, region: str) -> Finding:
    """Look for the MX of the MAIL FROM, by which SES hears of bounces."""
    wanted = _feedback_host(region)
    try:
        found = {one.rpartition(" ")[2].lower() for one in answers(resolver, domain, "MX")}
    except DNSException as error:
        return silent(error)
    if found == {wanted}:
        return ok("dns_mail_from", Sentence("The MX of %(domain)s is Amazon's.", domain=domain))
    return wrong(
        "dns_mail_from",
        Sentence("The MX of %(domain)s is not that of SES alone.", domain=domain),
        Sentence("Publish exactly one there: 10 %(wanted)s", wanted=wanted),
    )


def _alignment(dmarc: Mapping[str, Any], domain: str, mail_from: str) -> Finding:
    """Say whether SPF passes for the domain of From as its DMARC record asks (aspf)."""
    is_strict = str(dmarc.get("tags", {}).get("aspf", {}).get("value", "r")) == "s"
    is_same = mail_from == domain
    organisation = str(dmarc.get("location") or domain)
    is_below = mail_from.endswith((f".{domain}", f".{organisation}"))
    if is_same or (is_below and not is_strict):
        return ok("dns_alignment", Sentence("SPF is aligned with the From address."))
    return warning(
        "dns_alignment",
        Sentence("SPF of %(mail_from)s is not aligned with From.", mail_from=mail_from),
        Sentence("Let the MAIL FROM be a subdomain of %(domain)s, without aspf=s.", domain=domain),
    )


def examine_pointer(resolver: Resolver, host: str) -> Iterator[Finding]:
    """Look whether a mail server's addresses have names that lead back to them.

    SES's own addresses are Amazon's to name, so this is for an SMTP server alone. One on this
    machine sends from an address that cannot be known here.
    """
    code = "dns_ptr"
    try:
        found = _addresses(resolver, host)
        outside = [one for one in found if not one.is_loopback]
        lacking = [one for one in outside if not _leads_back(resolver, one)]
    except DNSException as error:
        yield silent(error)
        return
    if lacking or not found:
        yield warning(
            code,
            Sentence("The address of %(host)s has no name that leads back to it.", host=host),
            Sentence("If mail leaves from there, have its provider set a PTR record."),
        )
    elif outside:
        yield ok(code, Sentence("The address of %(host)s has a name.", host=host))


def _addresses(resolver: Resolver, host: str) -> list[IPv4Address | IPv6Address]:
    """Return the addresses of a host, or the one that it is."""
    try:
        return [ip_address(host)]
    except ValueError:
        found = [*answers(resolver, host, "A"), *answers(resolver, host, "AAAA")]
        return [ip_address(one) for one in found]


def _leads_back(resolver: Resolver, address: IPv4Address | IPv6Address) -> bool:
    names = answers(resolver, address.reverse_pointer, "PTR")
    return any(address in _addresses(resolver, name) for name in names)
