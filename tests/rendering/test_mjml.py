import pytest

from app.errors import RenderError
from app.rendering.mjml import compile_mjml
from app.rendering.mjml_check import MAX_BYTES, MAX_DEPTH
from tests.rendering.reading import parsed


def _body(content: str) -> str:
    return f"<mjml><mj-body>\n{content}\n</mj-body></mjml>"


def _text(content: str) -> str:
    return _body(
        f"<mj-section><mj-column><mj-text>\n{content}\n</mj-text></mj-column></mj-section>"
    )


def _refusal(source: str) -> RenderError:
    with pytest.raises(RenderError) as error:
        compile_mjml(source, file="x.mjml.j2")
    assert error.value.file == "x.mjml.j2"
    return error.value


@pytest.mark.parametrize(
    ("source", "line", "detail"),
    [
        (_body("<mj-sektion/>"), 2, "<mj-sektion> is not a known MJML tag"),
        (_body("<mj-include path='x'/>"), 2, "include with Jinja"),
        (_body("<mj-text>x</mj-text>"), 2, "<mj-text> cannot stand straight in <mj-body>"),
        (_body("\n<mj-section colour='x'/>"), 3, "<mj-section> has no attribute colour"),
        (_body("<mj-section background-color='#fff'/>"), 2, "six hex digits"),
        (_body("<mj-section background-color='red'/>"), 2, "six hex digits"),
        (_body("words"), 3, "where it would be lost"),
        (_text("<mj-text>x</mj-text>"), 3, "<mj-text> cannot stand in <mj-text>"),
        (_text("<p>x"), 4, "mismatched tag"),
        (_text("<script>x</script>"), 3, "not a tag that mail programs show"),
        (_text("<storry>x</storry>"), 3, "not a tag that mail programs show"),
        ("<!DOCTYPE mjml [<!ENTITY a 'b'>]>\n<mjml/>", 1, "no document type"),
        ("", 1, "no element found"),
        (_text("<p>" * MAX_DEPTH), 3, f"more than {MAX_DEPTH} deep"),
        (
            _body(
                "<mj-raw><table><tr><td></mj-raw><mj-section/><mj-raw></td></tr></table></mj-raw>"
            ),
            2,
            "mismatched tag",
        ),
        ("<mjml><mj-head><mj-attributes>\n<mj-all colour='x'/>", 2, "<mj-all> has no attribute"),
        ("<mjml><mj-head><mj-attributes>\n<mj-foo color='x'/>", 2, "<mj-foo> is not a known"),
    ],
)
def test_compile_names_the_line_when_the_source_is_wrong(
    source: str, line: int, detail: str
) -> None:
    error = _refusal(source)
    assert detail in error.detail
    assert error.line == line


def test_compile_is_refused_when_the_source_is_too_large() -> None:
    assert "512 KB" not in _refusal(_text("x" * MAX_BYTES)).detail
    assert f"{MAX_BYTES:,} at most" in _refusal(_text("x" * MAX_BYTES)).detail


def test_compile_survives_nesting_that_would_end_the_process() -> None:
    assert "deep" in _refusal(_text("<b>" * 20_000 + "</b>" * 20_000)).detail


def test_compile_names_the_line_when_only_the_compiler_objects() -> None:
    error = _refusal(_text("é\n<![CDATA[x]]>"))
    assert error.detail == "unexpected token in root template"
    assert error.line == 4


def test_compile_keeps_attributes_as_they_are_when_they_hold_odd_characters() -> None:
    odd = "back\\slash e\u0301 \u00a0 \u200d \U00018d1f \t 日本"
    html = compile_mjml(_text(f"<a title=\"{odd}\" href='x\ny'>x</a>"), file="x")
    link = next(parsed(html).iter("a"))
    assert (link.get("title"), link.get("href")) == (odd, "x\ny")


def test_inline_styles_land_in_attributes_and_others_in_the_head() -> None:
    source = (
        '<mjml><mj-head><mj-style inline="inline">p{color:#123456}</mj-style>'
        "<mj-style>p{margin:0}</mj-style></mj-head>"
        "<mj-body><mj-section><mj-column><mj-text><p>x</p></mj-text></mj-column></mj-section>"
        "</mj-body></mjml>"
    )
    html = compile_mjml(source, file="x")
    assert '<p style="color:#123456">x' in html
    assert "p{margin:0}" in html
    assert "p{color:#123456}" not in html


def test_nothing_is_fetched_and_no_font_is_named() -> None:
    text = "<mj-text font-family='Roboto'>x</mj-text>"
    source = _body(f"<mj-section><mj-column>{text}</mj-column></mj-section>")
    html = compile_mjml(source, file="x")
    assert "fonts.googleapis" not in html
    assert "<link" not in html


def test_named_entities_are_html() -> None:
    assert "x\u00b7y" in compile_mjml(_text("x&middot;y"), file="x")
