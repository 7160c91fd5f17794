"""Instants and shares as the desk says them: on the publication's clocks, in how long."""

from datetime import date, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_timedelta, get_day_names, get_timezone_location
from babel.numbers import format_decimal
from babel.units import format_unit

from app.pages.language import SOURCE, gettext, present
from app.publication.lanes import local_day

Length = Literal["short", "long"]

_DAYS: Final = {SOURCE: "EEEE d MMMM"}
_MANY_DAYS: Final = timedelta(days=2)
_MINUTE: Final = timedelta(minutes=1)


def clock_of(at: datetime, zone: str) -> str:
    """`07:00 Vienna`, `07:00 Wien`."""
    here = ZoneInfo(zone)
    city = get_timezone_location(here, locale=present().locale, return_city=True)
    return f"{at.astimezone(here):%H:%M} {city}"


def day_of_week(day: date) -> str:
    """`Monday 30 November`, `Montag, 30. November`."""
    language = present()
    return format_date(day, _DAYS.get(language.code, "EEEE, d. MMMM"), language.locale)


def weekday_names(width: Literal["wide", "abbreviated"] = "wide") -> dict[str, str]:
    """`Monday`, `Tuesday`, … or `Mon`, `Tue`, … by their ISO numbers as texts."""
    names = get_day_names(width, "stand-alone", present().locale)
    return {str(day + 1): names[day] for day in range(7)}


def in_how_long(at: datetime, now: datetime, length: Length = "short") -> str:
    """`in 1 hr 12 mins`, `5 mins ago`; written out where it is `long`."""
    span = abs(at - now)
    if span < _MINUTE:
        return gettext("now")
    if span >= _MANY_DAYS:  # the days of a language that declines them, as German does
        days = timedelta(days=span.days if at > now else -span.days)
        return format_timedelta(days, "day", 9, add_direction=True, locale=present().locale)
    sentence = gettext("in %(time)s") if at > now else gettext("%(time)s ago")
    return sentence % {"time": span_of(span, length)}


def day_and_clock(at: datetime, zone: str) -> str:
    """`Monday 30 November, 07:00 Vienna`."""
    return f"{day_of_week(local_day(zone, at))}, {clock_of(at, zone)}"


def when_of(at: datetime, zone: str, now: datetime) -> str:
    """`Monday 30 November, 07:00 Vienna, in 14 hours`."""
    return f"{day_and_clock(at, zone)}, {in_how_long(at, now, 'long')}"


def span_of(span: timedelta, length: Length = "short") -> str:
    """`3 days`, `1 hr 12 mins`, `40 secs`: two units at most, and no smaller ones than matter."""
    seconds = round(span.total_seconds())
    if span >= _MANY_DAYS:
        return _unit(seconds // 86400, "day", length)
    if span >= _MINUTE:
        hours, minutes = divmod(seconds // 60, 60)
        parts = [(hours, "hour"), (minutes, "minute")]
        return " ".join(_unit(n, unit, length) for n, unit in parts if n)
    return _unit(seconds, "second", length)


def percent(share: float) -> str:
    """`18 %`, `0.04 %`, `0,04 %`."""
    n = share * 100
    shown = round(n) if n >= 1 or not n else float(f"{n:.2g}")
    return f"{format_decimal(shown, locale=present().locale)} %"


def _unit(n: int, unit: str, length: Length) -> str:
    return format_unit(n, unit, length, locale=present().locale)
