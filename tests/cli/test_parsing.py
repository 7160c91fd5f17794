"""`devoured parse`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Devoured
from tests.cli.samples import CUT_OFF, DIGEST

_FIELDS = {
    "title": str,
    "label": str,
    "category": str,
    "url": str,
    "summary": str,
    "what": str,
    "why_it_matters": str,
    "takeaway": str,
    "deep_dive": list,
    "decoder": list,
    "article": str,
    "image": str,
    "image_alt": str,
    "image_caption": str,
    "incomplete": bool,
}


def _file(folder: Path, content: str | bytes) -> str:
    path = folder / "digest.txt"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def test_parse_prints_every_field_of_every_story(devoured: Devoured, tmp_path: Path) -> None:
    ran = devoured("parse", _file(tmp_path, DIGEST))

    assert ran.code == 0
    told = json.loads(ran.out)
    assert list(told) == ["stories", "unplaced"]
    assert [story["title"] for story in told["stories"]] == [
        "A compiler that explains itself",
        "Small models on small machines",
    ]
    for story in told["stories"]:
        assert {name: type(value) for name, value in story.items()} == _FIELDS


def test_parse_tells_terms_of_the_decoder(devoured: Devoured, tmp_path: Path) -> None:
    ran = devoured("parse", _file(tmp_path, DIGEST + "Decoder\n  • Phone: A small machine\n"))

    assert json.loads(ran.out)["stories"][1]["decoder"] == [
        {"term": "Phone", "definition": "A small machine"}
    ]


def test_parse_says_on_stderr_what_is_missing(devoured: Devoured, tmp_path: Path) -> None:
    ran = devoured("parse", _file(tmp_path, "stray words\n" + CUT_OFF))

    told = json.loads(ran.out)
    assert [story["incomplete"] for story in told["stories"]] == [False, False, True]
    assert told["unplaced"][0] == {
        "line": 1,
        "text": "stray words",
        "reason": "it stands before the first story",
        "after": "",
        "field": "",
    }
    assert "1 story is incomplete" in ran.err
    assert "“A story without an end”" in ran.err
    assert "line 1: stray words" in ran.err


def test_parse_gives_json_that_parses_to_the_same(devoured: Devoured, tmp_path: Path) -> None:
    first = devoured("parse", _file(tmp_path, DIGEST))
    again = devoured("parse", _file(tmp_path, first.out))

    assert again.out == first.out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\x00\x01\x02", "binary"),
        (b"caf\xe9", "UTF-8"),
        (b"[{}]", "JSON"),
        (b"x" * (2 * 1024 * 1024 + 1), "larger than"),
    ],
)
def test_parse_says_one_line_and_exits_2_for_bad_input(
    devoured: Devoured, tmp_path: Path, content: bytes, said: str
) -> None:
    ran = devoured("parse", _file(tmp_path, content))

    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.count("\n") == 1
    assert said in ran.err


@pytest.mark.parametrize("name", ["missing.txt", "."])
def test_parse_exits_2_when_the_file_cannot_be_read(
    devoured: Devoured, tmp_path: Path, name: str
) -> None:
    ran = devoured("parse", str(tmp_path / name))

    assert ran.code == 2
    assert ran.err.count("\n") == 1


def test_parse_takes_the_form_it_is_told(devoured: Devoured, tmp_path: Path) -> None:
    ran = devoured("parse", _file(tmp_path, DIGEST), "--form", "json")

    assert ran.code == 2
    assert "not JSON" in ran.err


def test_parse_reads_standard_input_without_settings_or_server(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "parse", "-"],
        input=DIGEST.encode(),
        capture_output=True,
        env={},
        timeout=60,
        check=False,
    )

    assert done.returncode == 0
    assert len(json.loads(done.stdout)["stories"]) == 2
    assert done.stderr == b"2 stories\n"


def test_parse_ends_quietly_when_its_reader_has_gone() -> None:
    command = f"{sys.executable} -m app.cli parse - | head -c 1"
    many = DIGEST.encode() * 200
    done = subprocess.run(  # noqa: S603  # the command above
        ["/bin/sh", "-c", command], input=many, capture_output=True, timeout=60, check=False
    )

    assert b"Traceback" not in done.stderr
    assert b"BrokenPipe" not in done.stderr
