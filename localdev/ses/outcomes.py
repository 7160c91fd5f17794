"""What becomes of an accepted message, and which events SES tells of it.

Source: SES developer guide, "Using the mailbox simulator" and "Monitoring using event publishing".
"""

from collections.abc import Container, Sequence

FAILED = "rendering_failure"
_SIMULATOR = "@simulator.amazonses.com"
_SIMULATED = {
    "bounce": "bounced",
    "complaint": "complained",
    "ooto": "out_of_office",
    "suppressionlist": "suppressed",
}
_ENDINGS = {
    "bounced": ("Bounce",),
    "suppressed": ("Bounce",),
    "complained": ("Delivery", "Complaint"),
    FAILED: ("Rendering Failure",),
}

Step = tuple[str, list[str]]
"""The kind of an event, and the recipients it is about, in lower case."""


def outcome_of(addresses: Sequence[str], suppressed: Container[str]) -> str:
    """Return the outcome of the first address that is not simply delivered."""
    for address in addresses:
        if address in suppressed:
            return "suppressed"
        if address.endswith(_SIMULATOR):
            name = address.removesuffix(_SIMULATOR).split("+")[0]
            if name in _SIMULATED:
                return _SIMULATED[name]
    return "delivered"


def steps_of(addresses: list[str], outcome: str) -> list[Step]:
    """Return the events of a message in the order in which they happen, Send first.

    Where only some of the recipients are simulated ones, the others get a Delivery; a suppressed
    recipient bounces for all.
    """
    steps = [("Send", addresses)]
    if outcome not in _ENDINGS:
        return [*steps, ("Delivery", addresses)]
    hit = addresses
    if len(addresses) > 1 and outcome != FAILED:
        hit = [one for one in addresses if outcome_of([one], ()) == outcome] or addresses
        rest = [one for one in addresses if one not in hit]
        steps += [("Delivery", rest)] if rest else []
    return steps + [(kind, hit) for kind in _ENDINGS[outcome]]
