"""SES: the account as AWS tells it, and this machine's clock beside its own."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from app.aws.clients import AWS_ERRORS, Clients, code_of, date_of, is_denied, is_unknown_caller
from app.doctor.findings import Finding, ok, unknown, warning, wrong
from app.doctor.machine import judge_clock
from app.doctor.subject import Subject
from app.sentences import Sentence

_LITTLE_LEFT: Final = 0.1


def examine_ses(subject: Subject, clients: Clients) -> Iterator[Finding]:
    """Look at the account of SES."""
    before = subject.clock()
    try:
        answer: Mapping[str, Any] = clients.ses.get_account()
    except AWS_ERRORS as error:
        yield from _ses_clock(subject, date_of(error), before)
        if is_denied(error):
            yield ok("aws_credentials", Sentence("AWS takes the credentials."))
        yield refused("ses_account", "ses:GetAccount", error)
        return
    yield ok("aws_credentials", Sentence("AWS takes the credentials."))
    yield from _ses_clock(subject, date_of(answer), before)
    yield _sending(answer)
    yield _sandbox(answer)
    yield _enforcement(answer)
    yield _quota(answer)


def refused(code: str, action: str, error: BaseException) -> Finding:
    """Say why AWS did not answer: who asks is unknown, lacks the action, or AWS is not reached."""
    if is_denied(error):
        return wrong(
            "aws_rights",
            Sentence("The credentials lack the IAM action %(action)s.", action=action),
            Sentence("Attach the policy that devoured aws plan --policy prints."),
        )
    if is_unknown_caller(error):
        return wrong(
            "aws_credentials",
            Sentence("AWS does not take the credentials: %(code)s.", code=code_of(error)),
            Sentence("Give the service a role, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."),
        )
    return wrong(
        code,
        Sentence("AWS did not answer %(action)s: %(code)s.", action=action, code=code_of(error)),
        Sentence("Look at DEVOURED_AWS_REGION, and whether this machine reaches AWS."),
    )


def _ses_clock(subject: Subject, date: str, before: datetime) -> Iterator[Finding]:
    """Compare the clocks; the answer's date has whole seconds."""
    if not date:
        return
    try:
        there = parsedate_to_datetime(date)
    except ValueError:
        return
    after = subject.clock()
    ahead = (before - there).total_seconds() - 1
    behind = (there - after).total_seconds()
    off = max(ahead, 0.0) - max(behind, 0.0)
    yield judge_clock("ses_clock", off, Sentence("Amazon's"))


def _sending(answer: Mapping[str, Any]) -> Finding:
    if answer.get("SendingEnabled", True):
        return ok("ses_account", Sentence("SES lets the account send."))
    return wrong(
        "ses_account",
        Sentence("Sending is switched off for the account in SES."),
        Sentence("Look at the account's dashboard in SES; switch it on once you know why."),
    )


def _sandbox(answer: Mapping[str, Any]) -> Finding:
    if answer.get("ProductionAccessEnabled"):
        return ok("ses_sandbox", Sentence("The account has production access."))
    return wrong(
        "ses_sandbox",
        Sentence("The account is in the sandbox of SES: only verified addresses get mail."),
        Sentence("Ask for production access in SES, in this region."),
    )


def _enforcement(answer: Mapping[str, Any]) -> Finding:
    status = str(answer.get("EnforcementStatus", "HEALTHY"))
    code = "ses_enforcement"
    if status == "HEALTHY":
        return ok(code, Sentence("SES finds nothing wrong with the account."))
    mend = Sentence("Read what AWS wrote to the account, and answer it: bounces or complaints.")
    if status == "PROBATION":
        return warning(code, Sentence("SES has put the account under review."), mend)
    return wrong(code, Sentence("SES has stopped the account: %(status)s.", status=status), mend)


def _quota(answer: Mapping[str, Any]) -> Finding:
    quota = answer.get("SendQuota", {})
    rate, daily = float(quota.get("MaxSendRate", 0)), float(quota.get("Max24HourSend", -1))
    if rate <= 0:
        return unknown("ses_quota", Sentence("SES does not tell the account's rate."))
    if daily < 0:
        return ok("ses_quota", Sentence("SES takes %(rate)s a second, without end.", rate=rate))
    left = max(0, int(daily - float(quota.get("SentLast24Hours", 0))))
    sentence = Sentence(
        "SES takes %(rate)s a second; %(n_left)s of %(n_daily)s are left of the day.",
        rate=rate,
        n_left=left,
        n_daily=int(daily),
    )
    if left < daily * _LITTLE_LEFT:
        mend = Sentence("Ask AWS for a higher quota; what does not go today waits.")
        return warning("ses_quota", sentence, mend)
    return ok("ses_quota", sentence)
