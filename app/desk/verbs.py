"""What the audit's verbs and kinds are in words: who `did this` to `that`."""

from typing import Final

from app.actors import ActorKind, Verb
from app.pages.language import N_, gettext
from app.steps_in_words import OTHERS, VERBS

_KINDS: Final = {
    ActorKind.KEY: N_("API key"),
    ActorKind.READER: N_("reader"),
}


def did(verb: str) -> str:
    """Return what was done, in words; a verb that is unknown here as it is."""
    sentence = VERBS.get(Verb(verb)) if verb in set(Verb) else None
    return gettext(sentence) if sentence else verb.replace("_", " ")


def kind_in_words(kind: ActorKind) -> str:
    """Return what somebody is who is no person; empty for a person."""
    return gettext(_KINDS.get(kind, ""))


def name_in_words(who: str) -> str:
    """Return how an entry of the audit names who did it, as people read it."""
    return gettext(OTHERS.get(who, "")) or who
