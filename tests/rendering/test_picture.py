"""Pictures by a real Chromium where there is one, and what stops one that will not end."""

import os
import selectors
import struct
from pathlib import Path

import pytest

from app.errors import NotInstalled, Unavailable
from app.rendering import picture as pictures
from app.rendering.picture import Screen, find_chromium, picture

MAIL = (
    "<!doctype html><html><head><title>x</title><style>div{{height:{}px}}</style></head>"
    "<body><script>document.body.innerHTML=''</script><div>mail</div>"
    "<img src='http://127.0.0.1:9/seen.png'></body></html>"
)


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    return int(width), int(height)


@pytest.fixture
def chromium() -> str:
    try:
        return find_chromium()
    except NotInstalled:
        pytest.skip("Chromium is not installed")


def test_picture_is_as_wide_as_asked_and_as_high_as_the_mail(chromium: str) -> None:
    width, height = size_of(picture(MAIL.format(1700), Screen(width=390), chromium))

    assert width == 390
    assert 1700 <= height <= 1850  # the author's own script did not run


def test_picture_is_not_cut_off_where_a_phone_breaks_more_lines(chromium: str) -> None:
    boxes = "<b style='float:left;width:130px;height:100px'>x</b>" * 40

    _, height = size_of(picture(f"<html><head></head>{boxes}</html>", Screen(width=390), chromium))

    assert 2000 <= height <= 2150  # two in a row


def test_picture_is_bounded_when_the_mail_is_endless(
    chromium: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "MAX_HEIGHT", 1000)

    assert size_of(picture(MAIL.format(90_000), Screen(width=390), chromium)) == (390, 1000)


def test_program_that_does_not_end_is_killed_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe, program = tmp_path / "pipe", tmp_path / "chromium"
    os.mkfifo(pipe)
    program.write_text(f"#!/bin/sh\nexec 3> {pipe}\nsleep 600 &\nsleep 600\n")
    program.chmod(0o755)
    monkeypatch.setattr(pictures, "SECONDS", 2.0)

    with os.fdopen(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK), "rb") as held:
        with pytest.raises(Unavailable):
            picture(MAIL.format(1), Screen(), str(program))

        # The pipe ends once nobody is left who holds it: neither the program nor its child.
        with selectors.DefaultSelector() as waiting:
            waiting.register(held, selectors.EVENT_READ)
            assert waiting.select(timeout=60)
        assert held.read() == b""


def test_program_that_makes_nothing_is_told(tmp_path: Path) -> None:
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)

    with pytest.raises(Unavailable):
        picture(MAIL.format(1), Screen(), str(program))


def test_chromium_that_is_not_there_is_told() -> None:
    with pytest.raises(NotInstalled):
        find_chromium("/nowhere/chromium")
