"""Sessions with AWS share what botocore's files say, and nothing of who asks or whom."""

import pytest

from app.aws_sessions import aws_session


def test_sessions_have_credentials_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = []
    for name in ("one", "two"):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", name)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
        credentials = aws_session().get_credentials()
        keys.append(credentials and credentials.access_key)

    assert keys == ["one", "two"]


def test_clients_ask_where_their_own_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    for port in (1, 2):
        monkeypatch.setenv("AWS_ENDPOINT_URL_SNS", f"http://127.0.0.1:{port}")
        asked.append(aws_session().client("sns", region_name="eu-west-1").meta.endpoint_url)

    assert asked == ["http://127.0.0.1:1", "http://127.0.0.1:2"]


def test_region_is_the_sessions_own() -> None:
    regions = [aws_session(region).region_name for region in ("eu-west-1", "us-east-1")]

    assert regions == ["eu-west-1", "us-east-1"]


def test_files_are_read_once_and_their_folders_do_not_grow_in_number() -> None:
    models, folders = [], []
    for _ in range(3):
        client = aws_session("eu-west-1").client("sqs")
        models.append(client.meta.service_model.metadata)
        loader = client._loader  # type: ignore[attr-defined]  # noqa: SLF001  # botocore keeps it there
        folders.append([*loader.search_paths])

    assert models[0] is models[1] is models[2]
    assert folders[0] == folders[1] == folders[2]
    assert len({*folders[0]}) == len(folders[0])
