"""A sponsor in the API's answers and bodies: of the publication, or of one issue."""

from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from app.api.fields import LINE, Body, examples
from app.content.limits import MAX_SPONSOR
from app.story_fields import MAX_LABEL
from app.web_addresses import MAX_URL, is_web_address

_EXAMPLE: Final[dict[str, Any]] = {
    "text": "Servers that wake up before you do. Three months free for readers.",
    "label": "Example Hosting",
    "url": "https://www.example.com/devoured",
}


def _web(url: str) -> str:
    if url and not is_web_address(url):
        raise ValueError("must be an http or https address")
    return url


class SponsorIn(Body):
    """Who pays: plain text, shown below the first category and named as a sponsor."""

    model_config = Body.model_config | examples(_EXAMPLE)

    text: Annotated[
        str, StringConstraints(strip_whitespace=True, max_length=MAX_SPONSOR, pattern=LINE)
    ] = Field(description="One paragraph; empty for no sponsor.")
    label: Annotated[
        str, StringConstraints(strip_whitespace=True, max_length=MAX_LABEL, pattern=LINE)
    ] = Field(default="", description="Their name.")
    url: Annotated[
        str,
        StringConstraints(strip_whitespace=True, max_length=MAX_URL, pattern=LINE),
        AfterValidator(_web),
    ] = Field(default="", description="Where it leads; empty for nowhere.")


class SponsorOut(BaseModel):
    """Who pays."""

    model_config = examples(_EXAMPLE)

    text: str
    label: str
    url: str


def sponsor_out(stored: dict[str, str] | None) -> SponsorOut | None:
    """Return the response that shows what is stored."""
    return SponsorOut(**stored) if stored is not None else None
