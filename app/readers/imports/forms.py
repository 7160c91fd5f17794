"""Forms: the exports of other services, recognised by their columns (docs/import.md has sources).

Their dates of joining are taken as the dates when people confirmed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Final

from app.errors import FieldError, InvalidInput
from app.readers.imports.fields import NAMES, Field, fold
from app.words import Standing

OTHER: Final = "other"


@dataclass(frozen=True)
class Form:
    """One service's export.

    `marks` are sets of columns, folded, of which one set is there in full. `columns` are those
    that mean something to us; `words` what a status means there and nowhere else. Every row is of
    at least the standing `least`. With `in_name` the file's name has to begin with it.
    """

    name: str
    title: str
    marks: tuple[str, ...]
    columns: Mapping[Field, str] = field(default_factory=dict)
    words: Mapping[str, Standing] = field(default_factory=dict)
    least: Standing = Standing.ACTIVE
    in_name: str = ""


_MAILCHIMP: Final = {
    Field.ADDRESS: "email_address email",
    Field.STATUS: "status",
    Field.LEFT_AT: "unsub_time",
    Field.BOUNCED_AT: "clean_time",
    Field.CONFIRMED_AT: "confirm_time",
}
_MAILCHIMP_MARKS: Final = ("member_rating optin_time confirm_time", "member_rating leid euid")
_ANY_PAYING: Final = dict.fromkeys(
    ("premium", "trialed", "unpaid", "gifted", "churning", "paused", "past_due", "churned"),
    Standing.ACTIVE,
)
FORMS: Final = (
    Form(
        "devoured",
        "Devoured",
        ("address state categories depth suppressed",),
        {
            Field.ADDRESS: "address",
            Field.STATUS: "state",
            **{
                one: one.value
                for one in Field
                if one not in {Field.ADDRESS, Field.STATUS, Field.BOUNCED_AT, Field.SUBSCRIBED}
                and one is not Field.DISABLED
            },
        },
    ),
    Form(
        "mailchimp-unsubscribed",
        "Mailchimp, those who unsubscribed",
        tuple(f"{marks} unsub_time" for marks in _MAILCHIMP_MARKS),
        _MAILCHIMP,
        least=Standing.LEFT,
    ),
    Form(
        "mailchimp-cleaned",
        "Mailchimp, those that bounced",
        tuple(f"{marks} clean_time" for marks in _MAILCHIMP_MARKS),
        _MAILCHIMP,
        least=Standing.BOUNCED,
    ),
    Form(
        "mailchimp-nonsubscribed",
        "Mailchimp, those who never subscribed",
        _MAILCHIMP_MARKS,
        _MAILCHIMP,
        least=Standing.LEFT,
        in_name="nonsubscribed",
    ),
    Form("mailchimp", "Mailchimp", _MAILCHIMP_MARKS, _MAILCHIMP),
    Form(
        "substack",
        "Substack",
        ("email active_subscription expiry", "email expiry email_disabled"),
        {
            Field.ADDRESS: "email",
            Field.DISABLED: "email_disabled",
            Field.CONFIRMED_AT: "created_at",
        },
    ),
    Form(
        "ghost",
        "Ghost",
        ("email subscribed_to_emails complimentary_plan",),
        {
            Field.ADDRESS: "email",
            Field.SUBSCRIBED: "subscribed_to_emails",
            Field.LEFT_AT: "deleted_at",
            Field.CONFIRMED_AT: "created_at",
        },
    ),
    Form(
        "listmonk",
        "listmonk",
        ("uuid email attributes status",),
        {Field.ADDRESS: "email", Field.STATUS: "status", Field.CONFIRMED_AT: "created_at"},
    ),
    Form(
        "buttondown",
        "Buttondown",
        ("email_address type creation_date", "email type creation_date"),
        {
            Field.ADDRESS: "email_address email",
            Field.STATUS: "type",
            Field.LEFT_AT: "unsubscription_date",
            Field.CONFIRMED_AT: "creation_date",
        },
        words={**_ANY_PAYING, "upcoming": Standing.UNCONFIRMED},
    ),
    Form(
        "beehiiv",
        "beehiiv",
        (
            "email status tier created_at",
            "email status subscription_tier",
            "email status acquisition_source",
        ),
        {
            Field.ADDRESS: "email",
            Field.STATUS: "status",
            Field.LEFT_AT: "unsubscribed_at",
            Field.CONFIRMED_AT: "created_at",
        },
    ),
    Form(
        "kit",
        "Kit (ConvertKit)",
        ("first_name email status created_at", "first_name email state created_at"),
        {
            Field.ADDRESS: "email",
            Field.STATUS: "status state",
            Field.LEFT_AT: "cancelled_at canceled_at",
            Field.CONFIRMED_AT: "created_at",
        },
        words={"inactive": Standing.UNCONFIRMED},
    ),
    Form(OTHER, "another file", (), {one: NAMES[one] for one in Field}),
)
_BY_NAME: Final = {form.name: form for form in FORMS}


def form_named(name: str) -> Form:
    """The form, or InvalidInput."""
    if name not in _BY_NAME:
        raise InvalidInput(
            f"“{name}” is no form; there are {', '.join(_BY_NAME)}.",
            [FieldError("/form", "is none of ours")],
        )
    return _BY_NAME[name]


def form_of(heading: Sequence[str], file_name: str) -> Form:
    """Whose export this is, by its columns and where it must be by its name; or the general one."""
    there = {fold(name) for name in heading}
    base = PurePath(file_name).name.casefold()
    return next(
        form
        for form in FORMS
        if base.startswith(form.in_name)
        and (form.name == OTHER or any(there.issuperset(one.split()) for one in form.marks))
    )


def columns_of(
    form: Form, heading: Sequence[str], sample: Sequence[Sequence[str]]
) -> dict[str, str]:
    """The column of each field, as far as there is one; without a heading addresses tell theirs."""
    by_name = {fold(name): name for name in reversed(heading)}
    found = {
        meaning.value: by_name[name]
        for meaning, names in form.columns.items()
        if (name := next((one for one in names.split() if one in by_name), None)) is not None
    }
    if Field.ADDRESS not in found:
        looks = [
            place
            for place, name in enumerate(heading)
            if sample and all("@" in row[place] for row in sample if place < len(row))
        ]
        if looks:
            found[Field.ADDRESS.value] = heading[looks[0]]
    return found
