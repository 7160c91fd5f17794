"""Pastes of every kind, with what mail clients, word processors, pages and sheets leave."""

from dataclasses import replace

import pytest

from app.content.drafts import Digest, StoryDraft
from app.content.parse import parse
from app.story_fields import Term

COMPILER = StoryDraft(
    title="A compiler that explains itself",
    label="7 minute read",
    category="DevOps",
    url="https://example.org/compiler",
    summary="A new compiler tells in plain words why it refuses a program that was fine before.",
    what="Version 2 shows the chain of reasons behind each error, and where each of them began.",
    why_it_matters="People find mistakes in a third of the time.",
    takeaway="Try it on the module that your team fears most.",
    deep_dive=("Each message carries its rule", "Messages can be switched off"),
    decoder=(Term("Compiler", "turns source text into a program"),),
)
MODELS = StoryDraft(
    title="Small models on small machines",
    label="3 minute read",
    category="AI",
    summary="A model that fits a phone answers as well as the largest one of last year.",
    what="It was trained on fewer and better texts.",
    why_it_matters="It needs no network.",
)

MAIL = """\
---------- Forwarded message ---------

*A compiler that explains itself (7 minute read)*
<https://example.org/compiler>

DevOps

A new compiler tells in plain words why it refuses a program that
was fine before.

*What:* Version 2 shows the chain of reasons behind each error, and
where each of them began.
*Why it matters:* People find mistakes in a third of the time.
*Takeaway:* Try it on the module that your team fears most.

*Deep dive*
   - Each message carries its rule
   - Messages can be switched off

*Decoder*
   - Compiler: turns source text into a program

*Small models on small machines (3 minute read)*

AI

A model that fits a phone answers as well as the largest one of last
year.

*What:* It was trained on fewer and better texts.
*Why it matters:* It needs no network.
"""
WORD = (
    "\ufeffA\u00a0compiler that explains  itself\u00a0(7\u00a0minute read)\r\n"
    "\r\n"
    "A compiler that explains itself (7 minute read)\u200b\r\n"
    "DevOps\r\n"
    f"{COMPILER.summary}\r\n"
    "Link:\u00a0https://example.org/compiler\r\n"
    f"What:\u00a0{COMPILER.what}\r\n"
    f"Why\u00a0it\u00a0matters: {COMPILER.why_it_matters}\r\n"
    f"Take\u00adaway: {COMPILER.takeaway}\r\n"
    "Deep\u00a0dive\r\n"
    "·\tEach message carries its rule\r\n"
    "o\tMessages can be switched off\r\n"
    "Decoder:\r\n"
    "·\tCompiler: turns source text into a program\r\n"
    "\x0c"
    "Small models on small machines (3 minute read)\r\n"
    "Small models on small machines (3 minute read)\r\n"
    "AI\r\n"
    f"{MODELS.summary}\x0b"
    f"What: {MODELS.what}\x0b"
    f"Why it matters: {MODELS.why_it_matters}\r\n"
)
DOCS = f"""\
## **A compiler that explains itself (7 minute read)**

**Category:** DevOps

**Link:** https://example.org/compiler

{COMPILER.summary}

**What:** {COMPILER.what}

**Why it matters:** {COMPILER.why_it_matters}

**Takeaway:** {COMPILER.takeaway}

### **Deep dive**

* Each message carries its rule
* Messages can be switched off

### **Decoder**

* **Compiler:** turns source text into a program

## [Small models on small machines (3 minute read)](https://example.org/models)

**Category:** AI

{MODELS.summary}

**What:** {MODELS.what}

**Why it matters:** {MODELS.why_it_matters}
"""
PAGE = f"""\
Skip to content
<a href="https://example.org/compiler">A compiler that explains itself</a>
7 minute read
DevOps
{COMPILER.summary}
What:
{COMPILER.what}
Why it matters:
{COMPILER.why_it_matters}
Takeaway:
{COMPILER.takeaway}
Deep dive
•
Each message carries its rule
• Messages can be switched off
Decoder
● Compiler: turns source text into a program
Small models on small machines
3 minute read
AI
{MODELS.summary}
What:
{MODELS.what}
Why it matters:
{MODELS.why_it_matters}
""".replace("•\nEach", "•\u2003Each")
SHEET = (
    "Title\tRead time\tCategory\tLink\tSummary\t"
    "What\tWhy it matters\tTakeaway\tDeep dive\tDecoder\n"
    "A compiler that explains itself\t7 minute read\tDevOps\thttps://example.org/compiler\t"
    f"{COMPILER.summary}\t{COMPILER.what}\t{COMPILER.why_it_matters}\t{COMPILER.takeaway}\t"
    '"Each message carries its rule\nMessages can be switched off"\t'
    "Compiler: turns source text into a program\n"
    f"Small models on small machines\t3 minute read\tAI\t\t{MODELS.summary}\t{MODELS.what}\t"
    f"{MODELS.why_it_matters}\n"
)
PIPES = f"""\
| Title | Category | Read time | Summary | What | Why it matters |
|---|:--|---|---|---|---|
| Small models on small machines | AI | 3 minute read | {MODELS.summary} | {MODELS.what} | \
{MODELS.why_it_matters} |
"""


def _told(text: str) -> Digest:
    return parse(text.encode())


@pytest.mark.parametrize(
    ("paste", "unplaced"),
    [(MAIL, [1]), (WORD, []), (DOCS, []), (PAGE, [1]), (SHEET, [])],
    ids=["mail", "word", "docs", "page", "sheet"],
)
def test_paste_is_whole_or_says_why_when_read(paste: str, unplaced: list[int]) -> None:
    digest = _told(paste)
    first, second = digest.stories
    title, label = (" ".join(text.split()) for text in (first.title, first.label))
    assert replace(first, title=title, label=label) == COMPILER
    assert replace(second, url="") == MODELS
    assert [item.line for item in digest.unplaced] == unplaced
    assert all(item.reason for item in digest.unplaced)


def test_table_of_a_page_is_read_when_its_first_row_names_the_columns() -> None:
    assert _told(PIPES) == Digest((MODELS,))


def test_row_says_why_when_a_table_has_cells_that_no_field_takes() -> None:
    digest = _told("Title\tOwner\tCategory\tSummary\nOne\tMia\tAI\tS.\n\tMia\tAI\tS.\n")
    assert [story.title for story in digest.stories] == ["One"]
    assert [(item.line, item.text, item.reason) for item in digest.unplaced] == [
        (2, "One\tMia\tAI\tS.", "no field takes “Mia”: name its column, or place it by hand"),
        (3, "\tMia\tAI\tS.", "a row of the table without a title"),
    ]


def test_title_keeps_its_own_label_and_link_when_the_table_has_columns_for_them() -> None:
    first, second = _told(
        "Title\tRead time\tLink\tCategory\n"
        "One (with a note)\t5 minute read\t\tAI\n"
        "[Two](https://a.example/)\t\thttps://b.example/\tAI\n"
    ).stories
    assert (first.title, first.label) == ("One (with a note)", "5 minute read")
    assert (second.title, second.url) == ("[Two](https://a.example/)", "https://b.example/")


def test_cell_is_unplaced_when_it_is_too_long_for_its_column() -> None:
    digest = _told(f"Title\tCategory\tSummary\nOne\t{'long ' * 20}\tS.\n")
    assert (digest.stories[0].title, digest.stories[0].category) == ("One", "")
    assert [item.line for item in digest.unplaced] == [2]


@pytest.mark.parametrize(
    "row",
    [
        "One\t5 minute read\tIt is here.",
        "| One | 5 minute read | It is here. |",
        "One | 5 min read | It is here.",
    ],
)
def test_row_without_names_is_a_story_when_it_has_a_read_time(row: str) -> None:
    (story,) = _told(f"{row}\n").stories
    assert (story.title, story.minutes, story.summary) == ("One", 5, "It is here.")


def test_row_is_named_when_nothing_tells_what_its_cells_are() -> None:
    (item,) = _told("One\tTwo\tThree\n").unplaced
    assert item.reason.startswith("a row of a table: its first row must name the columns")


_BODY = "AI\nOne sentence.\nWhat: x\nWhy it matters: y\n"


def test_every_story_of_a_messy_paste_is_there_when_read() -> None:
    paste = (
        "Good morning!\n\n"
        f"One (5 minute read)\n\nOne\u00a0(5 minute read)\n\n{_BODY}"
        f"Original article\n\nIt ends.\nTwo without a label\n{_BODY}\n"
        f"**Three (GitHub Repo)**\n{_BODY}\nStray words.\n\n"
        f"[Four](https://a.example/) (2 minute read)\nDev\u200bOps\n{_BODY.partition(chr(10))[2]}\n"
        "Five\t4 minute read\tA sentence.\n"
        f"Six — done\n6 min read\n{_BODY}"
    )
    digest = _told(paste)
    titles = [story.title for story in digest.stories]
    assert titles == ["One", "Two without a label", "Three", "Four", "Five", "Six — done"]
    assert [item.text for item in digest.unplaced] == ["Good morning!", "Stray words."]
    assert digest.stories[0].article == "It ends."
