"""The least policy holds what the code calls: a walk over the code, and nothing more or less."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import botocore.session
import pytest
from botocore import xform_name

from app.aws.names import Names
from app.aws.rights import HEARING, KEEPING, LOOKING, MAKING, SENDING, least_policy, needed

APP: Final = Path(__file__).parents[2] / "app"
SERVICES: Final = ("sesv2", "ses", "sqs", "sns", "iam", "sts", "s3")
MAKERS: Final = {"aws/plan.py", "cli/aws.py"}
NAMES: Final = Names(
    "123456789012", "eu-west-1", "devoured", ("example.com",), ("kept/devoured", "images")
)


def operations() -> dict[str, set[str]]:
    """Every operation of these services by the name of boto3's method, with the services."""
    found: dict[str, set[str]] = {}
    session = botocore.session.get_session()
    for service in SERVICES:
        for name in session.get_service_model(service).operation_names:
            found.setdefault(xform_name(name), set()).add(service)
    return found


OPERATIONS: Final = operations()


def speaks_to_aws(source: str) -> bool:
    return any(word in source for word in ("boto3", "app.aws.clients"))


def calls(path: Path) -> Iterator[str]:
    """The calls of boto3 in a file: methods, also without a call, and names of paginators."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and node.attr in OPERATIONS:
            yield node.attr
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "get_paginator"
        ):
            (name,) = node.args
            assert isinstance(name, ast.Constant), f"{path}: a paginator that is not named"
            yield str(name.value)


def called() -> dict[str, set[str]]:
    """The calls, by the file below `app` that makes them."""
    files = {path: path.read_text() for path in APP.rglob("*.py")}
    return {
        str(path.relative_to(APP)): set(calls(path))
        for path, source in files.items()
        if speaks_to_aws(source) and path.parent != APP / "desk"
    }


def test_the_walk_finds_the_calls_that_are_known_to_be_there() -> None:
    found = called()
    assert {"send_email", "send_bulk_email", "get_account"} <= found["transports/ses.py"]
    assert "receive_message" in found["events/queue.py"]
    assert "list_objects_v2" in found["outside/bucket.py"]


def test_every_call_of_the_service_has_its_actions_and_each_action_its_call() -> None:
    found = called()
    service = set().union(*(used for path, used in found.items() if path not in MAKERS))
    known = {*SENDING, *HEARING, *KEEPING, *LOOKING}
    assert service == known


def test_every_call_of_who_makes_it_has_its_actions_and_each_action_its_call() -> None:
    found = called()
    made = set().union(*(found[path] for path in MAKERS))
    assert made - set(LOOKING) == set(MAKING)


def test_the_policy_allows_what_the_service_calls_and_nothing_more() -> None:
    allowed = {action for action, _ in needed(least_policy(NAMES))}
    tables = (SENDING, HEARING, KEEPING, LOOKING)
    wanted = {action for table in tables for actions in table.values() for action in actions}
    assert allowed == wanted - {"iam:SimulatePrincipalPolicy"}


def test_nothing_is_allowed_everywhere_but_asking_for_the_quota() -> None:
    everywhere = {action for action, where in needed(least_policy(NAMES)) if "*" in where}
    assert everywhere == {"ses:GetAccount"}
    assert not any("*" in action for action, _ in needed(least_policy(NAMES)))


@pytest.mark.parametrize(
    "action",
    sorted({a for t in (SENDING, HEARING, LOOKING, MAKING) for found in t.values() for a in found}),
)
def test_each_action_is_an_operation_of_aws(action: str) -> None:
    service, _, operation = action.partition(":")
    assert service in SERVICES
    assert xform_name(operation) in OPERATIONS


def test_a_bucket_is_only_in_the_policy_where_one_is_set() -> None:
    bare = Names("123456789012", "eu-west-1", "devoured", ("example.com",))
    assert not any(action.startswith("s3:") for action, _ in needed(least_policy(bare)))
    objects = [where for action, where in needed(least_policy(NAMES)) if action == "s3:GetObject"]
    assert objects == [["arn:aws:s3:::kept/devoured/*", "arn:aws:s3:::images/*"]]


def test_other_partitions_have_their_own_names() -> None:
    china = Names("123456789012", "cn-north-1", "devoured", ("example.com",))
    assert china.topic_arn == "arn:aws-cn:sns:cn-north-1:123456789012:devoured-events"
