"""Templates at the desk: what each category is shown with, and a sample of it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.access.keys import make_key
from app.access.rights import Role
from app.actors import CLI
from app.container import Container
from app.db.session import transaction
from app.desk.mail_templates import in_scheme
from app.enums import Depth, Scope
from app.main import create_app
from app.models import Category, User
from app.rendering.templates import load_templates
from tests.desk.browsing import Browsing, said_by, text_of
from tests.factories import make_category

HERE = "/desk/templates"

Add = Callable[..., User]
SignIn = Callable[[User], Browsing]


@pytest.fixture
def own(session: Session, ai: Category) -> Category:
    """Let the category name no template: it is shown with the one that is named like it."""
    session.get_one(Category, ai.id).template = ""
    session.commit()
    return ai


@pytest.fixture
def viewer(add: Add, sign_in: SignIn) -> Browsing:
    return sign_in(add(Role.VIEWER, name="Vic"))


def test_first_category_is_shown_with_its_template(viewer: Browsing, own: Category) -> None:
    answer = viewer.get(HERE)
    assert "Template “ai”, which is named like the category." in said_by(answer)
    assert f'src="{HERE}/ai/mail?depth=brief&amp;scheme=light"' in answer.text
    assert "frame-src 'self'" in answer.headers["content-security-policy"]


def test_category_is_shown_with_the_template_that_it_names_or_the_default(
    viewer: Browsing, session: Session
) -> None:
    make_category(session, "gardening", name="Gardening").template = ""
    make_category(session, "safety", name="Safety").template = "security"
    session.commit()
    assert "The default template" in said_by(viewer.get(f"{HERE}?category=gardening"))
    assert "Template “security”." in said_by(viewer.get(f"{HERE}?category=safety"))


def test_choices_are_kept_when_another_one_is_made(viewer: Browsing, ai: Category) -> None:
    answer = viewer.get(f"{HERE}?category=ai&depth=deep&width=phone&scheme=dark")
    assert 'class="sample phone dark"' in answer.text
    assert "depth=headlines&amp;width=phone&amp;scheme=dark" in answer.text
    assert answer.text.count('aria-current="true"') == 4 + 1  # and that of the rail


def test_choices_that_there_are_none_of_are_the_usual_ones(viewer: Browsing, ai: Category) -> None:
    answer = viewer.get(f"{HERE}?category=none&depth=x&width=x&scheme=x")
    assert 'class="sample desktop light"' in answer.text


@pytest.mark.parametrize("depth", Depth)
def test_sample_holds_what_its_depth_does(viewer: Browsing, ai: Category, depth: Depth) -> None:
    said = text_of(viewer.get(f"{HERE}/ai/mail?depth={depth}"))
    assert "A story that has everything a story can have" in said
    assert ("says what is different from now on" in said) == (depth is not Depth.HEADLINES)
    assert ("one in each line" in said) == (depth in {Depth.DEEP, Depth.WHOLE})


def test_sample_runs_nothing_and_its_links_are_nobodys(viewer: Browsing, ai: Category) -> None:
    answer = viewer.get(f"{HERE}/ai/mail")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox ")
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "/preview/leave" in answer.text
    assert "{{" not in answer.text


def test_sample_is_in_the_colours_that_are_chosen() -> None:
    mail = "<head><style>@media (prefers-color-scheme:dark){a{}}</style></head><body></body>"
    dark, light = in_scheme(mail, "dark"), in_scheme(mail, "light")
    assert "@media (min-width:1px){a{}}" in dark
    assert "color-scheme:dark!important" in dark
    assert "@media (max-width:0px){a{}}" in light


def test_category_that_is_not_there_has_no_sample(viewer: Browsing, ai: Category) -> None:
    assert viewer.get(f"{HERE}/gardening/mail").status_code == 404


def test_desk_without_a_category_says_so(viewer: Browsing) -> None:
    assert "There is no category yet." in said_by(viewer.get(HERE))


def test_template_that_is_wrong_says_where(
    container: Container, add: Add, link: Callable[..., str], own: Category, tmp_path: Path
) -> None:
    (tmp_path / "sections").mkdir()
    (tmp_path / "sections/ai.mjml.j2").write_text("{{ story.titles }}")
    broken = replace(container, templates=load_templates(own=tmp_path))
    user = add(Role.VIEWER, name="Vic")
    base_url = container.settings.base_url
    with TestClient(create_app(broken), base_url=base_url, follow_redirects=False) as client:
        browsing = Browsing(client)
        browsing.post(link(user))
        answer = browsing.get(HERE)
        assert answer.status_code == 200
        assert "No mail can be made with it:" in said_by(answer)
        assert "sections/ai.mjml.j2" in said_by(answer)
        assert browsing.get(f"{HERE}/ai/mail").status_code == 422


def test_api_shows_the_same_sample(
    application: FastAPI, container: Container, viewer: Browsing, ai: Category
) -> None:
    with transaction(container.sessions) as session:
        _, secret = make_key(session, CLI, "reads", [Scope.READ], container.clock())
    with TestClient(application, base_url=container.settings.base_url) as client:
        path = "/v1/categories/ai/sample?depth=deep"
        answer = client.get(path, headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("sandbox;")
    shown = viewer.get(f"{HERE}/ai/mail?depth=deep&scheme=light").text
    assert in_scheme(answer.text, "light") == shown


def test_page_in_german(viewer: Browsing, own: Category) -> None:
    said = said_by(viewer.get(f"{HERE}?lang=de"))
    assert "Vorlage „ai“, die wie die Kategorie heißt." in said
