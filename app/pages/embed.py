"""`/embed`: the form for other sites, as plain HTML to copy."""

from fastapi import APIRouter, Request, Response

from app.pages.deps import ContainerDep, SessionDep
from app.pages.render import fill, public_page, site_of
from app.pages.signup import DEPTHS
from app.pages.wording import wording_of
from app.publication.categories import all_categories
from app.readers.door import TRAP

router = APIRouter()


@router.api_route("/embed", methods=["GET", "HEAD"])
def show(request: Request, container: ContainerDep, session: SessionDep) -> Response:
    """The short form and the whole one, each as HTML that works anywhere, with no script."""
    site = site_of(session, container.settings)
    values = {
        "action": f"{site.base_url}/v1/signups",
        "trap": TRAP,
        "wording": wording_of(site.name),
        "depths": list(DEPTHS),
    }
    forms = {
        size: fill("embed_form.html", values | {"categories": categories}).strip()
        for size, categories in (("short", []), ("whole", all_categories(session)))
    }
    return public_page(request, "embed.html", site=site, forms=forms)
