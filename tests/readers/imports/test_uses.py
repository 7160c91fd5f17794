"""Which columns are understood, and that no import goes on while one that may say no is not."""

from pathlib import Path

import pytest

from app.actors import CLI
from app.db.session import Sessions, transaction
from app.errors import WrongState
from app.readers.imports.fields import NOTHING, SAYING, ReaderField, fold
from app.readers.imports.names import NAMES, SAYS_NOTHING, understood
from app.readers.imports.signs import sign_in_name
from app.readers.imports.upload import change_import, column_samples, start
from app.readers.imports.uses import LOOKS_LIKE
from tests.readers.importing import Importer


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("Newsletter-Austragung", "ja"),
        ("Refus de courriels", "oui"),
        ("Revocado consentimiento", "1"),
        ("Rifiutato: iscrizione", "si"),
        ("Opgezegd (uitschrijving)", "2024-01-01"),
        ("Cancelou assinatura", "sim"),
        ("Rezygnacja", "tak"),
        ("отписан", "да"),
        ("退订", "1"),
        ("수신거부", "Y"),
        ("Last campaign bounced", "x"),
        ("Churned on", "2024-01-01"),
    ],
)
def test_column_that_looks_like_a_no_stops_the_import_by_name(
    importer: Importer, sessions: Sessions, column: str, cell: str
) -> None:
    row = importer.read(f"email,{column}\nann@example.com,{cell}\n")

    assert row.doubts == {column: LOOKS_LIKE}
    with pytest.raises(WrongState, match="looks as if it said"), transaction(sessions) as session:
        start(session, CLI, row.id, "They asked us.", importer.now)
    assert importer.states() == {}


def test_column_that_is_not_known_stops_until_a_person_decides(
    importer: Importer, sessions: Sessions
) -> None:
    row = importer.read("email,Shoe size,Weg?\nann@example.com,38,\nbob@example.com,40,ja\n")
    assert row.doubts == {"Shoe size": "is not known here", "Weg?": "is not known here"}
    with pytest.raises(WrongState, match="“Shoe size” is not known here; “Weg\\?”"):  # noqa: SIM117  # what raises is the step
        with transaction(sessions) as session:
            start(session, CLI, row.id, "They asked us.", importer.now)
    with transaction(sessions) as session:
        said = {"Shoe size": "ignored", "Weg?": "disabled"}
        change_import(session, CLI, row.id, {"columns": said}, importer.now)

    again = importer.finish(row.id)

    assert (again.doubts, again.counts) == ({}, {"added": 1, "said_left": 1})


@pytest.mark.parametrize(
    ("note", "sign"),
    [
        ("Please do not contact", "not contact"),
        ("VIP, Unsubscribed 2021", "unsub"),
        ("hat sich abgemeldet", "abgemeldet"),
        ("s'est désabonnée", "désabonn"),
        ("Hard Bounce", "hard bounce"),
    ],
)
@pytest.mark.parametrize("line", [2, 60])
def test_word_in_a_column_that_says_nothing_by_name_stops_the_import(
    importer: Importer, note: str, sign: str, line: int
) -> None:
    lines = [f"reader{n}@example.com,nice,1\n" for n in range(2, 70)]
    lines[line - 2] = f'late@example.com,"{note}",1\n'

    row = importer.read("email,notes,id\n" + "".join(lines))

    assert list(row.doubts) == ["notes"]
    assert f"says “{sign}”" in row.doubts["notes"]
    assert row.columns == {"email": "address", "id": NOTHING}


def test_column_that_a_person_ignores_is_not_searched(importer: Importer) -> None:
    row = importer.read("email,notes\nann@example.com,spam\n", columns={"notes": "ignored"})

    assert (row.doubts, row.counts) == ({}, {"added": 1})


def test_two_columns_of_one_name_are_both_read(importer: Importer) -> None:
    row = importer.read("email,status,status\nann@example.com,active,unsubscribed\n")

    assert row.columns == {"email": "address", "status": "status", "status (column 3)": "status"}
    assert row.counts == {"said_left": 1}


def test_second_column_of_addresses_stops_until_one_is_said(importer: Importer) -> None:
    file = "Email,Address,Contact email\nann@example.com,1 High St,a@work.example\n"

    row = importer.read(file)
    said = importer.read(file, columns={"Contact email": "address"})

    assert row.doubts == {"Contact email": "holds addresses too"}
    assert row.columns == {"Email": "address", "Address": NOTHING}
    assert (said.doubts, said.columns["Email"]) == ({}, NOTHING)


def test_region_is_not_taken_for_a_status(importer: Importer) -> None:
    place = importer.read("email,state\nann@example.com,Ohio\n")
    status = importer.read("email,state\nann@example.com,active\n")

    assert (place.doubts, status.doubts) == ({"state": "is not known here"}, {})
    assert status.columns["state"] == "status"


@pytest.mark.parametrize("cell", ["maybe", "?", "ok", "¿sí?"])
@pytest.mark.parametrize("meaning", [one for one in SAYING if one is not ReaderField.RECEIVES])
def test_cell_that_is_not_understood_is_never_a_yes(
    importer: Importer, meaning: ReaderField, cell: str
) -> None:
    row = importer.read(f"email,x\nann@example.com,{cell}\n", columns={"x": meaning})

    assert "added" not in row.counts


def test_no_is_kept_though_another_cell_is_not_understood(importer: Importer) -> None:
    row = importer.add("email,status,depth,unsubscribed_at\nann@example.com,odd,odd,2024-01-01\n")

    assert (row.n_bad, row.counts) == (0, {"said_left": 1})
    assert importer.states() == {"ann@example.com": "left"}


def test_unconfirmed_row_wins_over_an_active_one_of_the_same_address(importer: Importer) -> None:
    row = importer.add("email,status\nann@example.com,pending\nann@example.com,active\n")

    assert row.counts == {"said_unconfirmed": 1, "twice": 1}
    assert importer.states() == {}


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize(("said", "divider"), [("sep=;", ";"), ('"sep=|"', "|"), ("SEP=\t", "\t")])
def test_line_that_names_the_divider_is_read(
    importer: Importer, said: str, divider: str, mark: bytes
) -> None:
    file = f"{said}\r\nemail{divider}name\r\nann@example.com{divider}A,B\r\nbad{divider}x\r\n"

    row = importer.read(mark + file.encode())

    assert row.columns == {"email": "address", "name": NOTHING}
    assert (row.counts, row.n_bad, row.line) == ({"added": 1}, 1, 5)


@pytest.mark.parametrize("encoding", ["", "utf-16-le"])
def test_spreadsheets_text_in_utf_16_with_tabs_is_read(importer: Importer, encoding: str) -> None:
    file = "sep=\t\nE-Mail\tStatus\nann@example.com\tabgemeldet\n"
    data = b"\xff\xfe" + file.encode("utf-16-le")

    row = importer.read(data, encoding=encoding)

    assert (row.columns, row.counts) == (
        {"E-Mail": "address", "Status": "status"}, {"said_left": 1},
    )  # fmt: skip


def test_samples_are_the_first_different_values(importer: Importer, sessions: Sessions) -> None:
    row = importer.read("email,city\n" + "".join(f"r{n}@example.com,C{n // 2}\n" for n in range(9)))

    with transaction(sessions) as session:
        found = column_samples(session, row)

    assert found == {
        "email": ["r0@example.com", "r1@example.com", "r2@example.com"],
        "city": ["C0", "C1", "C2"],
    }


def test_names_are_folded_and_none_has_two_meanings() -> None:
    seen: dict[str, str] = {}
    for meaning, names in [*NAMES.items(), (NOTHING, SAYS_NOTHING)]:
        for name in names.split():
            assert fold(name) == name.removesuffix("*").removesuffix("_"), name
            assert seen.setdefault(name, meaning) == meaning, name


def test_few_names_that_say_nothing_look_as_if_they_did() -> None:
    assert [name for name in SAYS_NOTHING.split() if sign_in_name(name)] == [
        "subscriber_id", "subscription_source", "last_active", "emails_received*",
        "subscription_tier",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "date",
    ["2024-02-01", "2024-02-01T10:00:00Z", "01.02.2024", "2/1/2024 10:00", "Feb 1, 2024 9:00 PM",
     "1 February 2024", "1706745600"],
)  # fmt: skip
def test_date_is_a_yes_or_a_no_by_what_its_column_means(importer: Importer, date: str) -> None:
    yes = importer.read(f'email,Subscribed on\nann@example.com,"{date}"\nbob@example.com,\n')
    no = importer.read(f'email,Opt out\nann@example.com,"{date}"\nbob@example.com,\n')

    assert yes.counts == {"added": 1, "said_unconfirmed": 1}
    assert no.counts == {"added": 1, "said_left": 1}


def test_every_name_that_is_understood_stands_in_the_docs() -> None:
    text = Path("docs/import.md").read_text(encoding="utf-8")
    _, _, rest = text.partition("<!-- devoured readers columns -->\n")
    table, end, _ = rest.partition("\n<!-- end -->")

    assert end
    assert table == understood()  # `devoured readers columns` prints it
