"""`devoured webhooks`: made, tried, told again, and removed by command."""

from tests.cli.conftest import Devoured

URL = "https://hooks.example.org/devoured"


def test_new_prints_the_secret_alone_on_stdout(cli: Devoured) -> None:
    assert "no webhook yet" in cli("webhooks", "list").err
    ran = cli("webhooks", "new", URL, "--kind", "issue.sent")
    assert ran.code == 0
    secret = ran.out.strip()
    assert secret.startswith("whsec_")
    assert secret not in ran.err
    listed = cli("webhooks", "list").out
    assert URL in listed
    assert "issue.sent" in listed
    assert secret not in listed
    rotated = cli("webhooks", "rotate", "1").out.strip()
    assert rotated.startswith("whsec_")
    assert rotated != secret


def test_each_step_says_what_it_did(cli: Devoured) -> None:
    cli("webhooks", "new", URL)
    assert cli("webhooks", "sample", "1", "--kind", "reader.left").out.startswith("sample_")
    assert "told nothing yet" in cli("webhooks", "attempts", "1").err
    ran = cli("webhooks", "replay", "1", "--since", "2026-11-23T07:00+01:00")
    assert ran.out == "0 messages will be told again.\n"
    assert "told nothing" in cli("webhooks", "disable", "1").out
    assert cli("webhooks", "sample", "1").code == 1
    assert "from now on" in cli("webhooks", "enable", "1").out
    changed = cli("webhooks", "change", "1", "--kind", "issue.paused").out
    assert changed == f"Webhook 1 is told of issue.paused at {URL}.\n"
    assert "everything" in cli("webhooks", "change", "1", "--everything").out
    assert cli("webhooks", "remove", "1").out == "Webhook 1 is removed.\n"


def test_what_cannot_be_taken_is_one_line_and_a_code(cli: Devoured) -> None:
    for arguments, code in (
        (("new", "http://hooks.example.org/"), 2),
        (("new", URL, "--kind", "issue.read"), 2),
        (("rotate", "9"), 1),
        (("attempts", "9"), 1),
    ):
        ran = cli("webhooks", *arguments)
        assert ran.code == code, ran.err
        assert ran.out == ""
    cli("webhooks", "new", URL)
    for wrong in ((), ("--message", "x"), ("--since", "yesterday")):
        ran = cli("webhooks", "replay", "1", *wrong)
        assert ran.code == 2, ran.err
    assert "There is a webhook of this address already." in cli("webhooks", "new", URL).err
