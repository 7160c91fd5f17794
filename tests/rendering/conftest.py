import pytest

from app.rendering.templates import Templates, our_templates


@pytest.fixture(scope="session")
def templates() -> Templates:
    return our_templates()
