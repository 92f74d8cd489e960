"""Write dates and times in one form, whatever the length of their year.

A time keeps its zone: two times at one instant in two zones are equal, yet not identical, and OWL
asks for identity. Source: https://www.w3.org/TR/xmlschema11-2/ sections 3.3.7 and 3.3.9.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

_ZONE = r"(Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?"
_DAY = r"(-?(?:[1-9][0-9]{3,}+|0[0-9]{3}))-(0[1-9]|1[0-2])-([0-2][0-9]|3[01])"
_TIME = r"([01][0-9]|2[0-4]):([0-5][0-9]):([0-5][0-9])(?:\.([0-9]++))?"
_DATE = re.compile(_DAY + _ZONE + r"\Z")
_DATE_TIME = re.compile(_DAY + "T" + _TIME + _ZONE + r"\Z")
Day = tuple[str, str, str]


def date_time(lexical: str) -> str | None:
    """Return a date and time with no needless digit; None where it is none."""
    found = _DATE_TIME.match(lexical)
    if not found:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    fraction = (fraction or "").rstrip("0")
    midnight = hour == "24"
    if not _is_day(year, month, day) or (midnight and minute + second + fraction != "0000"):
        return None
    if midnight:
        hour, (year, month, day) = "00", _next_day(year, month, day)
    point = f".{fraction}" if fraction else ""
    return f"{_year(year)}-{month}-{day}T{hour}:{minute}:{second}{point}{_zone(zone)}"


def is_zoned(lexical: str) -> bool:
    """Say whether a date and time tells its zone."""
    found = _DATE_TIME.match(lexical)
    return bool(found and found[8])


def day(lexical: str) -> str | None:
    """Return a date in its one form; None where it is none."""
    found = _DATE.match(lexical)
    if not found or not _is_day(found[1], found[2], found[3]):
        return None
    return f"{_year(found[1])}-{found[2]}-{found[3]}{_zone(found[4])}"


def _cycle(year: str) -> int:
    """Return a year of the same calendar: it comes round every 400 years."""
    return 2000 + int(year[-4:]) % 400 * (-1 if year.startswith("-") else 1)


def _is_day(year: str, month: str, day: str) -> bool:
    return 1 <= int(day) <= calendar.monthrange(_cycle(year), int(month))[1]


def _next_day(year: str, month: str, day: str) -> Day:
    if (month, day) == ("12", "31"):
        return _following(year), "01", "01"
    after = date(_cycle(year), int(month), int(day)) + timedelta(days=1)
    return year, f"{after.month:02}", f"{after.day:02}"


def _following(year: str) -> str:
    """Add one to a year digit by digit: a year may have more digits than numbers are made of."""
    if year.startswith("-"):
        digits = year[1:]
        kept = digits.rstrip("0")
        if not kept:
            return "0001"
        less = kept[:-1] + str(int(kept[-1]) - 1) + "9" * (len(digits) - len(kept))
        told = less.lstrip("0").zfill(4)
        return told if told == "0000" else "-" + told
    kept = year.rstrip("9")
    more = kept[:-1] + str(int(kept[-1]) + 1) if kept else "1"
    return more + "0" * (len(year) - len(kept))


def _year(year: str) -> str:
    return "0000" if year == "-0000" else year


def _zone(zone: str | None) -> str:
    return "Z" if zone in {"+00:00", "-00:00"} else zone or ""
