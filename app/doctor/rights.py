"""Rights: which IAM actions the credentials lack, as AWS simulates it where it may be asked."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.aws.clients import AWS_ERRORS, Clients, code_of
from app.aws.names import names_of
from app.aws.rights import least_policy
from app.doctor.findings import Finding, ok, unknown, wrong
from app.doctor.subject import Subject
from app.sentences import Sentence

_CODE: Final = "aws_rights"

_UNUSED_BY: Final = {"Events": "events_queue_url", "Webhook": "sns_topics"}
"""Statements of the least policy that matter only where these settings say something."""


def examine_rights(subject: Subject, clients: Clients) -> Iterator[Finding]:
    """Ask AWS of each action that the service needs; sends nothing and changes nothing."""
    try:
        caller = clients.sts.get_caller_identity()
        principal = principal_of(caller["Arn"])
        found: dict[str, bool] = {}
        for statement in _statements(subject, caller["Account"]):
            for action, hangs in _simulated(clients, principal, statement):
                found[action] = hangs and found.get(action, True)
    except AWS_ERRORS as error:
        yield unknown(
            _CODE,
            Sentence(
                "AWS does not tell what these credentials may: %(code)s.", code=code_of(error)
            ),
            Sentence(
                "Compare their policy with devoured aws plan --policy, or allow them"
                " iam:SimulatePrincipalPolicy on themselves."
            ),
        )
        return
    yield _judge(found)


def _judge(found: Mapping[str, bool]) -> Finding:
    """Judge what is not allowed: each action, and whether that hangs on a condition."""
    lacking = sorted(action for action, hangs in found.items() if not hangs)
    if lacking:
        return wrong(
            _CODE,
            Sentence("The credentials lack the IAM actions %(actions)s.", actions=lacking),
            Sentence("Attach the policy that devoured aws plan --policy prints."),
        )
    if found:
        return unknown(
            _CODE,
            Sentence(
                "Conditions decide whether the credentials have %(actions)s.",
                actions=sorted(found),
            ),
            Sentence("Compare their policy with devoured aws plan --policy."),
        )
    return ok(_CODE, Sentence("The credentials have every IAM action that is needed."))


def principal_of(arn: str) -> str:
    """Return the user or role that can be simulated: a session is none itself.

    Source: IAM user guide, "IAM identifiers": a session's ARN leaves out its role's path.
    """
    head, _, session = arn.partition(":assumed-role/")
    if not session:
        return arn
    return f"{head.replace(':sts:', ':iam:')}:role/{session.partition('/')[0]}"


def _statements(subject: Subject, account: str) -> Iterator[Mapping[str, Any]]:
    """Return what the service needs to send, hear and keep; the doctor's own is seen as it asks."""
    settings = subject.settings
    for statement in least_policy(names_of(settings, account, subject.domain))["Statement"]:
        sid = statement["Sid"]
        is_used = sid not in _UNUSED_BY or getattr(settings, _UNUSED_BY[sid])
        if is_used and not sid.startswith("Doctor"):
            yield statement


def _simulated(
    clients: Clients, principal: str, statement: Mapping[str, Any]
) -> Iterator[tuple[str, bool]]:
    """Return the actions that are not allowed, and whether that hangs on a condition."""
    named = statement["Resource"]
    listed = [named] if isinstance(named, str) else list(named)
    answer = clients.iam.simulate_principal_policy(
        PolicySourceArn=principal,
        ActionNames=statement["Action"],
        ResourceArns=[_one_of(arn) for arn in listed if ":template/" not in arn],
    )
    for one in answer["EvaluationResults"]:
        if one["EvalDecision"] != "allowed":
            yield one["EvalActionName"], bool(one.get("MissingContextValues"))


def _one_of(arn: str) -> str:
    """Return a resource of those that a pattern stands for; all of them are simulated by one."""
    return f"{arn[:-1]}devoured" if arn.endswith("/*") else arn
