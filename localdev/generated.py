"""Parts of pages that are written by `make`, each between two comments that name it."""


def with_part(page: str, name: str, part: str) -> str:
    """Return the page with this text as its part of that name, in the place of the one it has."""
    begin, end = f"<!-- {name}: written by make {name} -->\n", f"<!-- /{name} -->\n"
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}{part}{end}{after}"
