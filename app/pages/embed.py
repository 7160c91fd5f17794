"""`/embed`: the form for other sites, as plain HTML to copy."""

from fastapi import APIRouter, Request, Response

from app.models import Category
from app.pages.deps import ContainerDep, SessionDep
from app.pages.depths import AT_FIRST
from app.pages.language import present
from app.pages.render import fill, public_page, site_of
from app.publication.categories import open_categories
from app.readers.signup_request import TRAP
from app.readers.wording import consent_text

router = APIRouter()


@router.api_route("/embed", methods=["GET", "HEAD"])
def show(request: Request, container: ContainerDep, session: SessionDep) -> Response:
    """Show the short form and the whole one, each as HTML that works anywhere, with no script."""
    site = site_of(session, container.settings)
    values = {
        "action": f"{site.base_url}/v1/signups",
        "trap": TRAP,
        "wording": consent_text(present().code, site.name),
        "depths": AT_FIRST,
    }
    every = open_categories(session)
    sizes: dict[str, list[Category]] = {"short": [], "whole": every} if every else {}
    forms = {
        size: fill("embed_form.html", values | {"categories": categories}).strip()
        for size, categories in sizes.items()
    }
    return public_page(request, "embed.html", site=site, forms=forms)
