"""The same day in four languages: English by `samples`, and German, Hebrew and Japanese here.

Mails speak German and Hebrew; around Japanese stories they speak English, and say so.
"""

from collections.abc import Iterator
from dataclasses import astuple, replace
from typing import Final

from app.rendering.inputs import EditionFacts, PublicationFacts, SponsorFacts, StoryFacts
from app.story_fields import Term, read_texts
from tests.rendering.samples import PUBLICATION, QUIET_FIX, edition, section

_GERMAN: Final = replace(
    QUIET_FIX,
    title="Ein Sitzungsspeicher vergaß die Zeitzonenumstellung",
    label="4 Minuten Lesezeit",
    summary="Eine Bibliothek vieler Anmeldeseiten beendete Sitzungen einen Tag zu spät.",
    what="Sitzungen zählten nach Sekunden, die Aufräumarbeit nach Stunden.",
    why_it_matters="Wer ein Sitzungsmerkmal kopiert hatte, konnte es einen Tag lang benutzen.",
    takeaway="Aktualisieren, und jeden einmal abmelden.",
    deep_dive=(
        "Der Fehler kam mit einer Zeitzonendatenbankaktualisierung",
        "Installationen mit eigener Wiederherstellungsprozedur waren sicher",
    ),
    decoder=(Term("Sitzungsspeicher", "hier merkt sich eine Seite, wer angemeldet ist"),),
)
_HEBREW: Final = replace(
    QUIET_FIX,
    title="תיקון שקט לתקלה רועשת ב-session store",
    label="4 דקות קריאה",
    summary="ספרייה שדפי כניסה רבים משתמשים בה השאירה חיבורים פתוחים יום אחד יותר מדי.",
    what="החיבורים נספרו לפי שניות, והניקוי לפי שעות (גרסה 3.2).",
    why_it_matters="מי שהעתיק cookie היה יכול להשתמש בו יום שלם.",
    takeaway="לעדכן לגרסה 4.0, ולנתק את כולם פעם אחת.",
    deep_dive=("התקלה הגיעה עם שינוי של אזור הזמן", "מי שהפעיל cron job היה מוגן"),
    decoder=(Term("Cookie", "פתק שהדפדפן שומר"),),
)
_JAPANESE: Final = replace(
    QUIET_FIX,
    title="セッション管理の静かな修正、時差の見落としに注意",
    label="読了4分",
    summary="多くのサインイン画面で使われるライブラリが、期限切れのセッションを一日長く残していた。",
    what="セッションは秒単位、掃除は時間単位で数えられていた。",
    why_it_matters="クッキーを写し取った人は、丸一日それを使うことができた。",
    takeaway="更新して、全員を一度サインアウトさせる。",
    deep_dive=("きっかけはタイムゾーンの変更だった", "定期的な掃除を動かしていれば安全だった"),
    decoder=(Term("クッキー", "ブラウザが預かる小さなメモ"),),
)
_SPONSORS: Final = {
    "de": SponsorFacts("Beispiel-Hosting", "Server, die immer wach sind.", "https://example.org/"),
    "he": SponsorFacts("אירוח לדוגמה", "שרתים שקמים לפניך.", "https://example.org/"),
    "ja": SponsorFacts(
        "サンプルホスティング", "あなたより早く起きるサーバー。", "https://example.org/"
    ),
}
_NAMES: Final = {"de": "Morgenblatt", "he": "עיתון הבוקר", "ja": "朝のまとめ"}
_TITLES: Final = {
    "de": "Wiederherstellungsprozeduren, die niemand geprobt hat",
    "he": "GitHub מציגה 3 כלים חדשים וגם C++",
    "ja": "誰も試したことのない復旧手順を見直すために",
}
STORIES: Final = {"de": _GERMAN, "he": _HEBREW, "ja": _JAPANESE}

LANGUAGES: Final = tuple(STORIES)
WRITTEN_IN_HAN: Final = "".join(
    [*read_texts(_JAPANESE), _TITLES["ja"], _NAMES["ja"], *astuple(_SPONSORS["ja"])[:2]]
).translate(dict.fromkeys(range(0x3000)))
"""Every sign of the Japanese mail that no other alphabet has."""


def publication(language: str) -> PublicationFacts:
    """Return who sends the mail in this language."""
    return replace(PUBLICATION, name=_NAMES[language], language=language)


def foreign_editions() -> Iterator[tuple[str, EditionFacts]]:
    """Yield an edition in each language, with shorter stories beside the first, one in English."""
    for language, story in STORIES.items():
        english = _short(QUIET_FIX, QUIET_FIX.title)
        facts = edition(
            section("ai", story, english),
            section("devops", _short(story, _TITLES[language])),
            publication=publication(language),
            sponsor=_SPONSORS[language],
        )
        yield f"edition-{language}", facts


def _short(story: StoryFacts, title: str) -> StoryFacts:
    brief = replace(story, deep_dive=(), decoder=(), takeaway="")
    return replace(brief, title=title, has_article=False, url="")
