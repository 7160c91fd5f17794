"""`devoured aws plan`: what the service uses in Amazon's cloud, and making it."""

import json
from typing import Annotated, Any

import typer

from app.aws.clients import (
    AWS_ERRORS,
    Clients,
    code_of,
    is_denied,
    is_unknown_caller,
    make_clients,
)
from app.aws.names import Names, is_name, names_of
from app.aws.plan import Step, make, plan, queue_url
from app.aws.rights import least_policy
from app.cli.command import open_container
from app.cli.failures import BadInput, Failed
from app.cli.output import counted, examples, note, say, show_table
from app.container import Container
from app.db.session import transaction
from app.publication.publication import get_publication
from app.settings import Settings
from app.transports.headers import domain_of_mailbox

app = typer.Typer()
aws = typer.Typer()
app.add_typer(aws, name="aws", help="What the service uses in Amazon's cloud: plan it, make it.")


@aws.callback()
def group() -> None:
    """Plan and make what the service uses in Amazon's cloud."""


@aws.command(
    "plan",
    epilog=examples(
        "devoured aws plan",
        "devoured aws plan --policy > policy.json",
        "devoured aws plan --apply",
    ),
)
def show(
    *,
    name: Annotated[
        str,
        typer.Option(help="The name of all of it. The settings' configuration set unless given."),
    ] = "",
    domain: Annotated[
        str, typer.Option(help="The domain that mail is sent from. The publication's unless given.")
    ] = "",
    account: Annotated[
        str,
        typer.Option(metavar="NUMBER", help="The AWS account's number. AWS is asked unless given."),
    ] = "",
    policy: Annotated[
        bool,
        typer.Option(
            "--policy",
            help="Print the IAM policy alone; asks AWS for nothing where --account is given.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    apply: Annotated[bool, typer.Option("--apply", help="Make what is missing.")] = False,
) -> None:
    """Say what is to be made: topic, queue, subscription, configuration set, events, IAM policy.

    Nothing is changed without --apply, and with it only what is missing or differs; it may be run
    again. Uses the credentials that boto3 finds: yours, since the service's own may make nothing.
    """
    if account and not (account.isdigit() and len(account) == 12):  # noqa: PLR2004  # AWS's
        raise BadInput(f"“{account}” is no AWS account; it has 12 digits.")
    if policy and apply:
        raise BadInput("--policy only prints; leave it out to make what is missing.")
    with open_container() as container:
        settings = container.settings
        domain = domain or _domain_of(container)
    _named(settings, account, domain, name)  # before AWS is asked for anything
    clients = make_clients(settings.aws_region)
    try:
        account = account or clients.sts.get_caller_identity()["Account"]
        names = _named(settings, account, domain, name)
        if policy:
            say(json.dumps(least_policy(names), indent=2))
            return
        _tell(clients, names, as_json=as_json, apply=apply)
    except AWS_ERRORS as error:
        raise Failed(_why(error)) from None


def _named(settings: Settings, account: str, domain: str, name: str) -> Names:
    """Return what everything is called; raise BadInput where nothing can be called so."""
    if not domain:
        raise BadInput("The publication has no From address yet; say --domain.")
    names = names_of(settings, account, domain, name)
    if not is_name(names.name):
        raise BadInput(f"“{names.name}” is no name for them: letters, digits, - and _, at most 56.")
    return names


def _domain_of(container: Container) -> str:
    with transaction(container.sessions) as session:
        return domain_of_mailbox(get_publication(session).from_address)


def _tell(clients: Clients, names: Names, *, as_json: bool, apply: bool) -> None:
    steps = plan(clients, names)
    made = make(steps) if apply else []
    after = plan(clients, names) if made else steps
    url = queue_url(clients, names)
    if as_json:
        settings = _settings(names, url)
        say(json.dumps({"steps": [_as_json(one) for one in after], "settings": settings}, indent=2))
        return
    show_table(("What", "Name", "State"), [(one.what, one.name, one.state) for one in after])
    lacking = [one for one in after if one.state != "there"]
    if made:
        note(f"Made or put right: {', '.join(one.what for one in made)}.")
    if lacking and not apply:
        note(f"{counted(len(lacking), 'thing')} to be made: devoured aws plan --apply makes them.")
    if not lacking:
        say("\n".join(f"{name}={value}" for name, value in _settings(names, url).items()))
        note("Set these for API, workers and listener, and attach the IAM policy to the service's")
        note("own user or role. The domain itself is verified in SES: docs/sending.md.")
        note("Then: devoured doctor")


def _settings(names: Names, url: str) -> dict[str, str]:
    return {"DEVOURED_SES_CONFIGURATION_SET": names.name, "DEVOURED_EVENTS_QUEUE_URL": url}


def _as_json(step: Step) -> dict[str, Any]:
    return {"what": step.what, "name": step.name, "state": step.state, "holds": step.holds}


def _why(error: BaseException) -> str:
    code = code_of(error)
    operation = str(getattr(error, "operation_name", ""))
    if is_denied(error):
        return f"AWS lets these credentials not do {operation}; use those of an administrator."
    if is_unknown_caller(error):
        return f"AWS does not know who asks ({code}); set AWS_PROFILE or AWS_ACCESS_KEY_ID."
    return f"AWS: {' '.join(filter(None, [operation, code]))}."
