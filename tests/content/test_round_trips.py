"""parse(write(x)) == x in every form, whatever a story's texts look like."""

from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st

from app.content.drafts import Digest, StoryDraft
from app.content.headings import join_heading, split_heading
from app.content.json_form import parse_json, to_json
from app.content.markdown_form import parse_markdown, write_markdown
from app.content.normal import normal, one_line, paragraphs
from app.content.parse import Form, form_of, parse
from app.content.terms import join_term, split_term
from app.content.text_form import parse_text, write_text
from app.story_fields import Term
from tests.content.drawn import digests, lines, stories, texts

_TWIN = StoryDraft(title="What: a", label="b")


@given(drafts=st.lists(stories, max_size=4))
@example(drafts=[StoryDraft(title="x", what="a (b)"), _TWIN])
@example(drafts=[StoryDraft(title="x", article="What: a (b)"), _TWIN, _TWIN])
@example(drafts=[StoryDraft(title="a", label="b", category="a (b)"), StoryDraft("a", "b")])
@example(drafts=[StoryDraft(title="a", label="b", category="Category: Category: x")])
@example(drafts=[StoryDraft(title="x", article="a (b)\n\na (b)\n\na (b)\nDigest devoured!")])
@example(drafts=[StoryDraft(title="x", article="\\a (b)\n\n\\a (b)\n\\\\a (b)")])
@example(drafts=[StoryDraft(title="\\", label="(\\"), StoryDraft(title="\\\\\\ (b)")])
@example(drafts=[StoryDraft(title="x", summary="Decoder", what="Decoder")])
@example(drafts=[StoryDraft(title="x", summary="--", what="--")])
@example(drafts=[StoryDraft(title="x", article="a (4\nread)\n\na (4\nread)\n\na (4 read)")])
@example(drafts=[StoryDraft(title="x", category="a", summary="b (c)"), StoryDraft("a b", "c")])
def test_text_gives_the_same_stories_when_written_and_read(drafts: list[StoryDraft]) -> None:
    digest = parse_text(write_text(Digest(tuple(drafts))))
    assert digest == Digest(tuple(drafts))


@given(digest=digests)
@example(digest=Digest((StoryDraft(title="x", summary="Lead story: yes"),)))
@example(digest=Digest((StoryDraft(title="x", category="a", what="Lead story: Yes"),), lead=0))
@example(digest=Digest((StoryDraft(title="a", label="b"),), opening="a (b)", sign_off="Summary"))
@example(digest=Digest((StoryDraft(title="Opening: a", label="b"),), opening="a (b)"))
@example(digest=Digest((StoryDraft(title="a", what="b"),), opening="a (5 minute read)"))
@example(digest=Digest((_TWIN,), opening="Opening: Fresh Devoured (5 minute read)"))
def test_text_keeps_which_story_leads_and_the_issues_own_words(digest: Digest) -> None:
    read = parse_text(write_text(digest))
    assert read == replace(digest, issued_on=None, subject="", preheader="", sponsor=None)


@given(digest=digests)
@example(digest=Digest((StoryDraft(title="x", summary="**Lead story:** yes"),)))
@example(digest=Digest((StoryDraft(title="x", article="## a\n\\## b\n\\\\## c"),)))
@example(digest=Digest((StoryDraft(title="x (y)", summary="- a"),), subject="no"))
@example(digest=Digest((StoryDraft(title="x", decoder=(Term("**a:** b", ""),)),)))
def test_markdown_gives_the_same_digest_when_written_and_read(digest: Digest) -> None:
    assert parse_markdown(write_markdown(digest)) == digest


@given(digest=digests, source=texts)
def test_json_gives_the_same_digest_when_written_and_read(digest: Digest, source: str) -> None:
    unplaced = parse_text(source).unplaced
    whole = replace(digest, unplaced=unplaced)
    assert parse_json(to_json(whole)) == whole


@given(digest=digests)
def test_form_is_recognised_when_we_wrote_it(digest: Digest) -> None:
    written = {
        Form.TEXT: write_text(digest),
        Form.MARKDOWN: write_markdown(digest),
        Form.JSON: to_json(digest),
    }
    assert {form: form_of(text) for form, text in written.items()} == {form: form for form in Form}
    assert {parse(text.encode()).stories for text in written.values()} == {digest.stories}


@given(source=texts)
def test_stories_are_in_normal_form_when_read_from_anything(source: str) -> None:
    for digest in (parse_text(source), parse_markdown("\n" + source)):
        assert digest.stories == tuple(normal(story) for story in digest.stories)


@given(text=texts)
def test_normal_form_stays_when_taken_twice(text: str) -> None:
    assert one_line(one_line(text)) == one_line(text)
    assert paragraphs(paragraphs(text)) == paragraphs(text)


@given(title=lines.map(one_line).filter(bool), label=lines.map(one_line))
def test_heading_comes_apart_again_when_joined(title: str, label: str) -> None:
    assert split_heading(join_heading(title, label)) == (title, label)


@given(term=lines.map(one_line).filter(bool), definition=lines.map(one_line))
@example(term="a: b:", definition="")
@example(term="a\\: b\\", definition="c: d")
def test_term_comes_apart_again_when_joined(term: str, definition: str) -> None:
    entry = Term(term, definition)
    assert split_term(join_term(entry)) == entry
    assert split_term(join_term(entry, ":**", always=True), ":**") == entry
