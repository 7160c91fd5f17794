import pytest

from app.rendering.templates import Templates, load_templates


@pytest.fixture(scope="session")
def templates() -> Templates:
    return load_templates()
