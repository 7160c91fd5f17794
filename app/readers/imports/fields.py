"""Fields: what a column of a file may mean for us, and the words in which its cells say it."""

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from app.readers.imports.row_state import RowState


class ReaderField(StrEnum):
    """What a column means.

    `left_at`, `bounced_at`, `complained_at`: whatever stands there says that they left, that it
    bounced, that they complained. `suppressed`: a word, or empty. `subscribed`, `confirmed`: yes
    or no, where empty is no. `disabled`: yes or no, where empty is no. `receives`: what is sent to
    them; empty for nothing.
    """

    ADDRESS = "address"
    STATUS = "status"
    LEFT_AT = "left_at"
    BOUNCED_AT = "bounced_at"
    COMPLAINED_AT = "complained_at"
    SUPPRESSED = "suppressed"
    SUBSCRIBED = "subscribed"
    CONFIRMED = "confirmed"
    DISABLED = "disabled"
    RECEIVES = "receives"
    CATEGORIES = "categories"
    DEPTH = "depth"
    HOUR = "hour"
    TIME_ZONE = "time_zone"
    LANGUAGE = "language"
    PAUSED_UNTIL = "paused_until"
    CONFIRMED_AT = "confirmed_at"


SAYING: Final = (
    ReaderField.STATUS,
    ReaderField.LEFT_AT,
    ReaderField.BOUNCED_AT,
    ReaderField.COMPLAINED_AT,
    ReaderField.SUPPRESSED,
    ReaderField.SUBSCRIBED,
    ReaderField.CONFIRMED,
    ReaderField.DISABLED,
    ReaderField.RECEIVES,
)
"""The fields that say who may be written to. Several columns can be one; each of them has a say."""

IGNORED: Final = "ignored"
"""What a column is that a person leaves out."""

NOTHING: Final = "nothing"
"""What a column is whose name is known to say nothing of who may be written to."""


def fold(name: str) -> str:
    """Return `Email Address` and `emailAddress` as `email_address`, to compare names by.

    Small letters without accents; whatever is neither letter nor digit divides words.
    """
    parted = _HUMPS.sub("_", name)
    plain = unicodedata.normalize("NFKD", parted).casefold()
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return _BETWEEN.sub("_", letters).strip("_")


_HUMPS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BETWEEN: Final = re.compile(r"[\W_]+")

_WORDS: Final = {
    RowState.ACTIVE: "active subscribed enabled confirmed regular yes true 1 opted_in opt_in"
    " abonniert angemeldet aktiv abonne inscrit actif suscrito activo iscritto attivo"
    " ingeschreven geabonneerd actief ativo",
    RowState.UNCONFIRMED: "pending unconfirmed unactivated not_confirmed validating waiting"
    " needs_attention never_subscribed double_opt_in_pending not_opted_in unbestatigt"
    " nicht_bestatigt ausstehend en_attente non_confirme pendiente no_confirmado in_attesa"
    " non_confermato onbevestigd pendente nao_confirmado",
    RowState.LEFT: "left unsubscribed unsubscribe nonsubscribed non_subscribed not_subscribed"
    " inactive cancelled canceled removed disabled transactional archived deleted erased opted_out"
    " opt_out optout paused no false 0 abgemeldet ausgetragen inaktiv geloscht gekundigt desabonne"
    " desinscrit inactif supprime baja dado_de_baja de_baja desuscrito inactivo cancelado eliminado"
    " disiscritto cancellato inattivo uitgeschreven afgemeld inactief opgezegd descadastrado"
    " inativo removido",
    RowState.BOUNCED: "bounced bounce cleaned hard_bounce hard_bounced soft_bounce soft_bounced"
    " soft_bounces undeliverable unreachable invalid invalid_email unzustellbar rebond rebote"
    " rebotado rimbalzato devolvido onbestelbaar",
    RowState.COMPLAINED: "complained complaint spam spam_complaint spam_report marked_as_spam"
    " abuse junk beschwerde plainte queja reclamo klacht reclamacao",
    RowState.SUPPRESSED: "suppressed user_suppressed manual blocklisted blacklisted blocked banned"
    " spammy do_not_contact gesperrt blockiert bloque bloqueado bloccato geblokkeerd",
}
STATUS_WORDS: Final[Mapping[str, RowState]] = {
    word: standing for standing, words in _WORDS.items() for word in words.split()
}
"""What a status means, whoever wrote it, folded; a form's own words go first."""

_YES: Final = "true t yes y 1 x on ✓ ✔ ☑ ja oui si sí sim tak да"
_NO: Final = "false f no n 0 off ☐ nein non nee não nao nie нет"
TRUTHS: Final[Mapping[str, bool]] = {
    **dict.fromkeys(_YES.split(), True),
    **dict.fromkeys(_NO.split(), False),
}
"""Yes and no, in small letters."""

EMPTY: Final = {"", "null", "nil", "none", "n/a", "na", "-", "--", "—", "never", "[]", "{}",
                "0000-00-00", "0000-00-00 00:00:00"}  # fmt: skip
"""What stands in a cell where nothing does, in small letters."""
