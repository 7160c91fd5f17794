"""Which columns a file has, whose export it is, and which of its rows are bad and why."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.actors import CLI
from app.db.session import Sessions, transaction
from app.enums import ImportState
from app.errors import InvalidInput, NotFound, WrongState
from app.models import CategoryState
from app.readers.imports import reading
from app.readers.imports.upload import (
    bad_rows,
    change_import,
    discard,
    forget_files,
    get_import,
    start,
)
from tests.factories import make_category
from tests.readers.importing import Importer

MAILCHIMP = (
    "Email Address,First Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,"
    "TIMEZONE,{}LAST_CHANGED,LEID,EUID,NOTES,TAGS\n"
    "ann@example.com,Ann,2,2020-01-02 03:04:05,,2020-01-02 03:05:00,,Europe/Vienna,{}"
    '2021-01-01 00:00:00,1,a,,"""VIP"",""Blog"""\n'
)
EXPORTS = {
    "mailchimp": (MAILCHIMP.format("", ""), "subscribed.csv", {"added": 1}),
    "mailchimp-unsubscribed": (
        MAILCHIMP.format("UNSUB_TIME,", "2022-02-02 00:00:00,"), "x.csv", {"said_left": 1},
    ),
    "mailchimp-cleaned": (MAILCHIMP.format("CLEAN_TIME,", ","), "x.csv", {"said_bounced": 1}),
    "mailchimp-nonsubscribed": (
        MAILCHIMP.format("", ""), "nonsubscribed_audience.csv", {"said_left": 1},
    ),
    "substack": (
        ("email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at\n"
        "ann@example.com,false,,other,false,2025-01-01,\n"
        "bob@example.com,true,2026-01-01,monthly,true,2025-01-01T08:00:00.000Z,\n"),
        "email_list.csv",
        {"added": 1, "said_left": 1},
    ),
    "ghost": (
        ("id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,"
        "deleted_at,labels,tiers\n"
        "1,ann@example.com,Ann,,true,false,,2018-12-25T20:43:22.178Z,,,\n"
        "2,bob@example.com,Bob,,false,false,,2018-12-25T20:43:22.178Z,,,\n"),
        "members.csv",
        {"added": 1, "said_left": 1},
    ),
    "listmonk": (
        ("uuid,email,name,attributes,status,created_at,updated_at\n"
        'u1,ann@example.com,Ann,"{""a"": 1}",enabled,2024-01-01T00:00:00Z,2024-01-01T00:00:00Z\n'
        "u2,bob@example.com,Bob,{{}},blocklisted,2024-01-01T00:00:00Z,2024-01-01T00:00:00Z\n"
        "u3,eve@example.com,Eve,{{}},disabled,2024-01-01T00:00:00Z,2024-01-01T00:00:00Z\n"),
        "subscribers.csv",
        {"added": 1, "said_suppressed": 1, "said_left": 1},
    ),
    "buttondown": (
        ("id,creation_date,email_address,notes,metadata,tags,type\n"
        "1,2024-01-01T00:00:00Z,ann@example.com,,,,regular\n"
        "2,2024-01-01T00:00:00Z,bob@example.com,,,,unactivated\n"
        "3,2024-01-01T00:00:00Z,eve@example.com,,,,unsubscribed\n"
        "4,2024-01-01T00:00:00Z,joe@example.com,,,,past_due\n"),
        "subscribers.csv",
        {"added": 2, "said_unconfirmed": 1, "said_left": 1},
    ),
    "beehiiv": (
        ("email,First Name,Last Name,status,tier,created_at,stripe_customer_id,unsubscribed_at\n"
        "ann@example.com,Ann,,active,free,2023-03-24 10:23:10 UTC,,\n"
        "bob@example.com,Bob,,inactive,free,2023-03-24 10:23:10 UTC,,\n"
        "eve@example.com,Eve,,pending,free,2023-03-24 10:23:10 UTC,,\n"
        "joe@example.com,Joe,,active,free,2023-03-24 10:23:10 UTC,,2024-03-13 11:33:53 UTC\n"),
        "export.csv",
        {"added": 1, "said_left": 2, "said_unconfirmed": 1},
    ),
    "kit": (
        ("first_name,email,created_at,status,tags\n"
        "Ann,ann@example.com,2024-02-27 22:32:19 UTC,active,\n"
        "Bob,bob@example.com,2024-02-27 22:32:19 UTC,cancelled,\n"
        "Eve,eve@example.com,2024-02-27 22:32:19 UTC,complained,\n"
        "Joe,joe@example.com,2024-02-27 22:32:19 UTC,bounced,\n"
        "Zoe,zoe@example.com,2024-02-27 22:32:19 UTC,inactive,\n"),
        "subscribers.csv",
        {"added": 1, "said_left": 1, "said_complained": 1, "said_bounced": 1,
         "said_unconfirmed": 1},
    ),
}  # fmt: skip


def reasons(sessions: Sessions, import_id: int) -> list[tuple[int, str]]:
    with transaction(sessions) as session:
        found = bad_rows(session, import_id, after=0, limit=100)
        return [(row.line, row.reason) for row in found]


@pytest.mark.parametrize("form", EXPORTS)
def test_export_of_another_service_is_known_and_its_noes_honoured(
    importer: Importer, form: str
) -> None:
    file, name, counts = EXPORTS[form]

    row = importer.read(file, name)

    assert (row.form, row.n_bad, row.counts) == (form, 0, counts)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_guessed(importer: Importer, delimiter: str) -> None:
    file = f"name{delimiter}e-mail\nA. B{delimiter}ann@example.com\n"

    assert importer.read(file).counts == {"added": 1}


def test_file_without_heading_is_read_from_its_first_line(importer: Importer) -> None:
    row = importer.read("Ann,ann@example.com\nBob,bob@example.com\n")

    assert (row.has_heading, row.columns) == (False, {"column 2": "address"})
    assert row.doubts == {"column 1": "is not known here"}
    assert row.counts == {"added": 2}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_any_kind_are_read(importer: Importer, end: str) -> None:
    row = importer.read(end.join(["email,x", "ann@example.com,1", "bob@example.com,2"]))

    assert row.counts == {"added": 2}


def test_bad_rows_are_told_with_line_and_reason(importer: Importer, sessions: Sessions) -> None:
    row = importer.read(
        "email,status,depth,hour,time_zone,confirmed_at,note\n"
        'ann@example.com,active,deep,7,Europe/Vienna,2024-01-01,"two\nlines"\n'
        "no address,active,,,,,\n"
        "bob@example.com,active,,,,,,one too many\n"
        "bob@example.com\n"
        "bob@example.com,sleeping,,,,,\n"
        "bob@example.com,active,long,,,,\n"
        "bob@example.com,active,,24,,,\n"
        "bob@example.com,active,,,Mars/Base,,\n"
        "bob@example.com,active,,,,yesterday,\n"
        "bob@example.com,active,,,,2999-01-01,\n"
        "b\0b@example.com,active,,,,,\n"
        'bob@example.com,"active,,,,,\n'
        ",active,,,,,\n"
    )

    told = dict(reasons(sessions, row.id))
    assert row.counts == {"added": 1}
    assert list(told) == list(range(4, 16))
    for line, words in {
        4: "address: ", 5: "8 cells where the heading has 7", 6: "1 cells", 7: "no status",
        8: "depth", 9: "hour", 10: "time_zone", 11: "is no date", 12: "no date|future",
        13: "address: ", 14: "quote", 15: "address: ",
    }.items():  # fmt: skip
        assert any(word in told[line] for word in words.split("|")), (line, told[line])


def test_unknown_category_is_a_bad_row(importer: Importer, sessions: Sessions) -> None:
    row = importer.read("email,categories\nann@example.com,sport\n")

    assert reasons(sessions, row.id) == [(2, "categories: “sport” is none of ours")]


def test_closed_categories_are_followed_by_nobody(
    importer: Importer, sessions: Sessions, session: Session
) -> None:
    make_category(session, "open", name="Open one")
    make_category(session, "old", name="Old", state=CategoryState.RETIRED)
    make_category(session, "soon", name="Soon", state=CategoryState.HIDDEN)
    session.commit()
    row = importer.read(
        "email,categories\n"
        "ann@example.com,OPEN ONE\n"
        "bob@example.com,open; Old\n"
        "cid@example.com,old\n"
        "dan@example.com,open|soon\n"
    )

    assert row.counts == {"added": 2}
    assert reasons(sessions, row.id) == [
        (4, "categories: “old” is retired, and no other is named"),
        (5, "categories: “soon” is hidden; open it first"),
    ]


def test_columns_said_by_hand_take_the_place_of_guessed_ones(importer: Importer) -> None:
    file = "email,contact,status\nnobody,ann@example.com,odd\n"

    row = importer.read(file, columns={"contact": "address", "status": "ignored"})

    assert row.columns == {"email": "nothing", "contact": "address", "status": "ignored"}
    assert (row.doubts, row.counts) == ({}, {"added": 1})


@pytest.mark.parametrize(
    ("file", "guess"),
    [
        ("", {}),
        ("\n\n", {}),
        ("name,age\nAnn,3\n", {}),
        ("email\n", {"columns": {"nowhere": "address"}}),
        ("email\n", {"columns": {"email": "colour"}}),
        ("email\n", {"columns": {"email": "ignored"}}),
        ("email,mail\n", {"columns": {"email": "address", "mail": "address"}}),
        ("sep=:\nemail:status\n", {}),
        ("email\n", {"form": "pigeon"}),
        ("email\n", {"delimiter": "x"}),
    ],
)
def test_file_is_refused_when_it_cannot_be_what_is_said(
    importer: Importer, file: str, guess: dict[str, object]
) -> None:
    with pytest.raises(InvalidInput):
        importer.upload(file, "readers.csv", **guess)


def test_file_with_only_a_heading_adds_nobody(importer: Importer) -> None:
    assert importer.add("email\n").counts == {}


def test_reading_is_the_same_in_many_stretches(
    importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f'reader{n}@example.com,"a\nb"\n' if n % 3 else f"bad{n},x\n" for n in range(50)]
    file = "email,note\n" + "".join(lines)
    whole = importer.read(file)
    monkeypatch.setattr(reading, "STRETCH", 70)

    parts = importer.read(file)

    assert (parts.n_rows, parts.n_bad, parts.line) == (whole.n_rows, whole.n_bad, whole.line)
    assert parts.counts == whole.counts == {"added": 33}


def test_changed_columns_are_read_anew(importer: Importer, sessions: Sessions) -> None:
    row = importer.read("email,other\nbad,ann@example.com\n")
    assert row.n_bad == 1
    with transaction(sessions) as session:
        change_import(session, CLI, row.id, {"columns": {"other": "address"}}, importer.now)

    assert importer.finish(row.id).counts == {"added": 1}
    assert reasons(sessions, row.id) == []


def test_start_asks_how_they_agreed(importer: Importer, sessions: Sessions) -> None:
    row = importer.read("email\nann@example.com\n")
    with pytest.raises(InvalidInput), transaction(sessions) as session:
        start(session, CLI, row.id, "  ", importer.now)


def test_start_is_refused_twice(importer: Importer, sessions: Sessions) -> None:
    row = importer.add("email\nann@example.com\n")
    with pytest.raises(WrongState), transaction(sessions) as session:
        start(session, CLI, row.id, "x", importer.now)
    with pytest.raises(WrongState), transaction(sessions) as session:
        discard(session, CLI, row.id, importer.now)


def test_file_is_forgotten_after_a_day_when_nobody_goes_on(
    importer: Importer, sessions: Sessions
) -> None:
    waiting = importer.read("email\nann@example.com\n")
    done = importer.add("email\nbob@example.com\nbad\n")
    with transaction(sessions) as session:
        forget_files(session, importer.now + timedelta(hours=23))
        assert get_import(session, waiting.id).state is ImportState.READY
        assert len(_bad(session, done.id)) == 1

        forget_files(session, importer.now + timedelta(hours=25))
        session.expire_all()
        assert get_import(session, done.id).counts == {"added": 1}
        assert _bad(session, done.id) == []
        with pytest.raises(NotFound):
            get_import(session, waiting.id)


def _bad(session: Session, import_id: int) -> Sequence[object]:
    return bad_rows(session, import_id, after=0, limit=9)
