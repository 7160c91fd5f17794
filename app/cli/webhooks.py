"""`devoured webhooks`: who else is told what happens, and what they were told."""

from typing import Annotated

import typer

from app.actors import CLI
from app.cli.command import one_transaction, read_instant
from app.cli.output import counted, examples, note, say, show_table
from app.models import OutboxKind
from app.webhooks import endpoints, messages
from app.webhooks.names import name_of

webhooks = typer.Typer(no_args_is_help=False)
app = typer.Typer()
app.add_typer(webhooks, name="webhooks", help="Webhooks: who else is told what happens.")

Which = Annotated[int, typer.Argument(metavar="WEBHOOK", help="Its number.", show_default=False)]
KindOption = Annotated[
    list[OutboxKind] | None,
    typer.Option("--kind", help="What it is told of; may be given often. Everything unless given."),
]


@webhooks.command(
    epilog=examples(
        "devoured webhooks new https://hooks.example.org/devoured --kind issue.sent",
    ),
)
def new(
    url: Annotated[
        str, typer.Argument(metavar="URL", help="Where it is told.", show_default=False)
    ],
    *,
    kind: KindOption = None,
) -> None:
    """Make a webhook and print its secret; it cannot be shown again."""
    with one_transaction() as (session, now, container):
        row, secret = endpoints.add_webhook(
            session, CLI, url, kind or (), container.webhook_rules, now
        )
    note(f"Webhook {row.id} is told of {', '.join(row.kinds) or 'everything'} from now on.")
    note("This is its secret. It is not shown again.")
    say(secret)


@webhooks.command("list")
def list_webhooks() -> None:
    """List the webhooks."""
    with one_transaction() as (session, *_):
        rows = [
            (row, messages.n_waiting(session, row.id)) for row in endpoints.all_webhooks(session)
        ]
    show_table(
        ("Webhook", "Address", "Told of", "Waiting", "Failing since", "Stopped", "Because"),
        [
            (
                *(row.id, row.url, ", ".join(row.kinds) or "everything", n),
                *(row.failing_since, row.disabled_at, row.disabled_because),
            )
            for row, n in rows
        ],
        right=("Webhook", "Waiting"),
        none="There is no webhook yet: devoured webhooks new URL makes one.",
    )


@webhooks.command()
def change(
    webhook: Which,
    *,
    url: Annotated[str | None, typer.Option(metavar="URL", help="Where it is told.")] = None,
    kind: KindOption = None,
    everything: Annotated[bool, typer.Option("--everything", help="Tell it all.")] = False,
) -> None:
    """Change where a webhook is told, or of what."""
    with one_transaction() as (session, now, container):
        row = endpoints.change_webhook(
            *(session, CLI, webhook, container.webhook_rules, now),
            url=url,
            kinds=() if everything else kind,
        )
    say(f"Webhook {row.id} is told of {', '.join(row.kinds) or 'everything'} at {row.url}.")


@webhooks.command()
def rotate(webhook: Which) -> None:
    """Give a webhook a new secret and print it; for a day the former one signs too."""
    with one_transaction() as (session, now, container):
        row, secret = endpoints.rotate_secret(session, CLI, webhook, container.webhook_rules, now)
    note(f"The new secret of webhook {row.id}. It is not shown again.")
    say(secret)


@webhooks.command()
def disable(webhook: Which) -> None:
    """Stop a webhook: what happens meanwhile passes it by."""
    with one_transaction() as (session, now, _):
        row = endpoints.disable_webhook(session, CLI, webhook, now)
    say(f"Webhook {row.id} is told nothing.")


@webhooks.command()
def enable(webhook: Which) -> None:
    """Let a webhook go on."""
    with one_transaction() as (session, now, _):
        row = endpoints.enable_webhook(session, CLI, webhook, now)
    say(f"Webhook {row.id} is told of what happens from now on.")


@webhooks.command()
def remove(webhook: Which) -> None:
    """Remove a webhook, with its log and all that waits for it."""
    with one_transaction() as (session, now, _):
        endpoints.remove_webhook(session, CLI, webhook, now)
    say(f"Webhook {webhook} is removed.")


@webhooks.command()
def sample(
    webhook: Which,
    *,
    kind: Annotated[OutboxKind, typer.Option(help="A sample of what.")] = OutboxKind.ISSUE_SENT,
) -> None:
    """Send a webhook a sample, signed as all else; a worker sends it."""
    with one_transaction() as (session, now, _):
        row = messages.send_sample(session, CLI, webhook, kind, now)
        session.flush()
        name = name_of(row, None)
    say(f"{name} is on its way; devoured webhooks attempts {webhook} shows what comes of it.")


@webhooks.command(
    epilog=examples(
        "devoured webhooks replay 2 --since 2026-11-23T07:00+01:00",
        "devoured webhooks replay 2 --message evt_1152921504606846976",
    ),
)
def replay(
    webhook: Which,
    *,
    since: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="What happened from then on.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="And before then; until now unless given.")
    ] = None,
    message: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Its webhook-id; may be given often.")
    ] = None,
) -> None:
    """Tell a webhook again what happened in a time, or single messages by their ids."""
    with one_transaction() as (session, now, _):
        n = messages.replay(
            *(session, CLI, webhook, now),
            since=read_instant(session, since, now),
            until=read_instant(session, until, now),
            messages=message or (),
        )
    say(f"{counted(n, 'message')} will be told again.")


@webhooks.command()
def attempts(
    webhook: Which,
    *,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 50,
) -> None:
    """List what a webhook was told and what came of it, the newest first."""
    with one_transaction() as (session, *_):
        rows = [
            (
                *(one.at, name_of(message, entry_id), message.kind),
                *(one.outcome, one.status, one.milliseconds, one.detail),
            )
            for one, message, entry_id in messages.attempts_of(session, webhook, limit=limit)
        ]
    show_table(
        ("At", "Message", "Of", "Came", "Status", "Milliseconds", "Why"),
        rows,
        right=("Status", "Milliseconds"),
        none="It has been told nothing yet.",
    )
