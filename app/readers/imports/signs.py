"""Signs: find columns that may say who must not be written to, by their names and cells.

They decide nothing: a column that is not known stops an import in any case. They say why it does,
and find the word in a column whose name promised nothing of the kind.
"""

from collections.abc import Sequence
from operator import itemgetter
from typing import Final

from app.readers.imports.fields import fold

_IN_NAMES: Final = fold(
    # English
    "unsub subscri optin optout optedin optedout optdate consent permission gdpr bounc complain"
    " spam suppress block blacklist donot dnc nomail noemail status inactive active disabled"
    " cancel leftat removed deleted archived confirm verif marketing newsletter accept receiv"
    " quarantin invalid undeliv exclud churn stopped junk abuse cleaned"
    # German
    " abgemeld abmeld austrag ausgetrag gesperrt sperr einwillig zustimm widerruf widersp"
    " unzustell bestatig aktiv kundig abonn beschwerde werbung"
    # French
    " desinscri refus bloqu plainte rebond resili confirme actif"
    # Spanish, Portuguese
    " baja desuscri suscri rebot queja consentim descadastr desinscri inscri devolv rechaz recusa"
    " assin cancelad reclam inativ activo ativo"
    # Italian
    " disiscri iscri cancell consenso rimbalz revoc bloccat attivo"
    # Dutch, Scandinavian, Polish, Czech
    " uitgeschr inschrij uitschrij afgemeld toestemming geblok klacht geweiger afmeld samtyk"
    " samtycke avregistr avanmal peruut wypis zgod rezygn odhlas souhlas"
    # Other scripts
    " отпис подпис соглас 退订 订阅 配信停止 購読 解除 수신거부"
).split("_")

_IN_CELLS: Final = (
    "unsub", "opt-out", "optout", "opt out", "opt_out", "opted out", "opted-out", "opted_out",
    "bounced", "hard bounce", "hard_bounce", "complained", "complaint", "spam", "blacklist",
    "blocklist", "suppressed", "not contact", "not_contact", "not mail", "not email", "not e-mail",
    "not send", "not write", "no emails", "no mail", "cleaned", "abgemeldet", "ausgetragen",
    "gesperrt", "widerruf", "keine werbung", "keine mail", "keine e-mail", "désabonn", "desabonn",
    "désinscri", "desinscri", "dado de baja", "dada de baja", "desuscri", "rebotad", "disiscri",
    "rimbalzat", "uitgeschreven", "afgemeld", "descadastrad",
)  # fmt: skip
_BETWEEN: Final = "\x1f"


def sign_in_name(name: str) -> bool:
    """Return whether a column's name looks as if it said who may be written to."""
    squeezed = fold(name).replace("_", "")
    return any(sign in squeezed for sign in _IN_NAMES)


def sign_in_cell(cell: str) -> str:
    """Return the first of our signs that stands in a cell; empty for none."""
    small = cell.casefold()
    return next((sign for sign in _IN_CELLS if sign in small), "")


class Search:
    """Searches some columns of many rows for signs, once per stretch of rows.

    `places` are the columns that are searched, by their names.
    """

    def __init__(self, places: dict[str, int]) -> None:
        self._names = list(places)
        self._cells = itemgetter(*places.values()) if len(places) > 1 else None
        self._one = next(iter(places.values()), -1)
        self._lines: list[int] = []
        self._texts: list[str] = []

    def add(self, line: int, cells: Sequence[str]) -> None:
        """Remember what stands in these columns of a row; of one that is whole."""
        if self._one < 0:
            return
        self._lines.append(line)
        self._texts.append(_BETWEEN.join(self._cells(cells)) if self._cells else cells[self._one])

    def found(self) -> dict[str, str]:
        """Return what was found in which column, as the end of a sentence."""
        text = "\n".join(self._texts).casefold()
        if not any(sign in text for sign in _IN_CELLS):
            return {}
        signs: dict[str, str] = {}
        for line, row in zip(self._lines, self._texts, strict=True):
            if not sign_in_cell(row):
                continue
            cells = row.split(_BETWEEN) if self._cells else [row]
            for name, cell in zip(self._names, cells, strict=False):
                if name not in signs and (sign := sign_in_cell(cell)):
                    signs[name] = f"says “{sign}” in line {line}"
        return signs
