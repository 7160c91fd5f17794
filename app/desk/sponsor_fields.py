"""The fields of a sponsor in a form: the publication's, or an issue's own."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

from app.content.drafts import Sponsor
from app.content.limits import MAX_SPONSOR, sponsor_faults
from app.content.normal import one_line
from app.desk.setting_fields import Setting, Texts
from app.errors import FieldError, InvalidInput
from app.pages.language import N_, gettext
from app.story_fields import MAX_LABEL
from app.web_addresses import MAX_URL

SPONSOR: Final = "sponsor/"
"""What the names of its fields begin with."""

SPONSOR_SETTINGS: Final = (
    Setting(
        f"{SPONSOR}text",
        N_("Sponsor’s text"),
        "text",
        N_("One paragraph, at most %(most)s characters. Empty: no sponsor."),
        {"most": MAX_SPONSOR},
    ),
    Setting(
        f"{SPONSOR}label",
        N_("Sponsor’s name"),
        "line",
        N_("One line, at most %(most)s characters."),
        {"most": MAX_LABEL},
    ),
    Setting(
        f"{SPONSOR}url",
        N_("Where it leads"),
        "line",
        N_("An http or https address of at most %(most)s characters. Empty: nowhere."),
        {"most": MAX_URL},
    ),
)


def written_sponsor(stored: Mapping[str, str] | None) -> Texts:
    """Return a stored sponsor as the form has it, by the names of its fields."""
    sponsor = stored or {}
    return {f"{SPONSOR}{name}": sponsor.get(name, "") for name in asdict(Sponsor(""))}


def typed_sponsor(typed: Texts) -> dict[str, str] | None:
    """Return the sponsor that was typed, as it is stored; None where nothing was.

    Raises:
        InvalidInput: naming each field that is out of bounds.
    """
    sponsor = Sponsor(
        **{name: one_line(typed.get(f"{SPONSOR}{name}", "")) for name in asdict(Sponsor(""))}
    )
    if sponsor == Sponsor(""):
        return None
    if wrong := [FieldError(f"/{SPONSOR}{at}", said) for at, said in sponsor_faults(sponsor)]:
        raise InvalidInput(gettext("Something does not fit yet."), wrong)
    return asdict(sponsor)
