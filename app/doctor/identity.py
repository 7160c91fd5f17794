"""The identity in SES: verified, signed with DKIM, and with a MAIL FROM of its own."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.aws.clients import AWS_ERRORS, Clients, is_absent
from app.doctor.findings import Finding, ok, warning, wrong
from app.doctor.ses import refused
from app.doctor.subject import Subject
from app.sentences import Sentence


def examine_identity(subject: Subject, clients: Clients) -> tuple[list[Finding], Mapping[str, Any]]:
    """Look at the domain that mail is sent from; return what SES says of it as well."""
    if not subject.domain:
        return [], {}
    try:
        found: Mapping[str, Any] = clients.ses.get_email_identity(EmailIdentity=subject.domain)
    except AWS_ERRORS as error:
        if is_absent(error):
            return [_absent(subject.domain)], {}
        return [refused("ses_identity", "ses:GetEmailIdentity", error)], {}
    return list(_findings(subject.domain, found)), found


def _absent(domain: str) -> Finding:
    return wrong(
        "ses_identity",
        Sentence("SES does not know the domain %(domain)s.", domain=domain),
        Sentence("Verify it in SES, in the region of DEVOURED_AWS_REGION: docs/sending.md."),
    )


def _findings(domain: str, found: Mapping[str, Any]) -> Iterator[Finding]:
    if found.get("VerifiedForSendingStatus"):
        yield ok("ses_identity", Sentence("SES has verified %(domain)s.", domain=domain))
    else:
        yield wrong(
            "ses_identity",
            Sentence(
                "SES has not verified %(domain)s: %(status)s.",
                domain=domain,
                status=str(found.get("VerificationStatus", "PENDING")),
            ),
            Sentence("Publish the CNAME records that SES shows for the domain, then wait."),
        )
    yield _dkim(found.get("DkimAttributes", {}))
    yield _mail_from(found.get("MailFromAttributes", {}))


def _dkim(found: Mapping[str, Any]) -> Finding:
    status = str(found.get("Status", "NOT_STARTED"))
    if status != "SUCCESS" or not found.get("SigningEnabled"):
        return wrong(
            "ses_dkim",
            Sentence("SES signs nothing for the domain: %(status)s.", status=status),
            Sentence("Turn Easy DKIM on with 2,048 bits, and publish its three CNAME records."),
        )
    if found.get("CurrentSigningKeyLength") == "RSA_1024_BIT":
        return warning(
            "ses_dkim",
            Sentence("SES signs with a key of 1,024 bits."),
            Sentence("Change the domain's DKIM key to 2,048 bits in SES."),
        )
    return ok("ses_dkim", Sentence("SES signs mail of the domain."))


def _mail_from(found: Mapping[str, Any]) -> Finding:
    domain = str(found.get("MailFromDomain", ""))
    status = str(found.get("MailFromDomainStatus", ""))
    if not domain:
        return warning(
            "ses_mail_from",
            Sentence("There is no custom MAIL FROM: SPF speaks for Amazon and not for you."),
            Sentence("Set one in SES, a subdomain with an MX and a TXT record."),
        )
    if status != "SUCCESS":
        return wrong(
            "ses_mail_from",
            Sentence(
                "The MAIL FROM %(domain)s is not in force: %(status)s.",
                domain=domain,
                status=status,
            ),
            Sentence("Publish the MX and TXT records that SES shows for it."),
        )
    return ok("ses_mail_from", Sentence("The MAIL FROM is %(domain)s.", domain=domain))
