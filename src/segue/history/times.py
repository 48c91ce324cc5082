"""Times of listening as Unix seconds: the unit of a number, and dates written out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from segue.errors import DatasetError

CLOCK_SLACK_S = 86_400  # a day: what clocks and time zones may disagree by before a time is in the future
UNITS_PER_S = {"seconds": 1, "milliseconds": 10**3, "microseconds": 10**6, "nanoseconds": 10**9}
# Up to the year 5138 a count of seconds is below 1e11, and from 1973 on one of milliseconds is above.
_FIRST_OF = (("nanoseconds", 1e17), ("microseconds", 1e14), ("milliseconds", 1e11), ("seconds", 0.0))
_MAX_DATE_CHARACTERS = 64
_FORMS = ("%d %b %Y, %H:%M", "%d %b %Y %H:%M", "%d %b %Y, %H:%M:%S", "%d %b %Y", "%Y/%m/%d %H:%M:%S")


def unit_of(number: float) -> str:
    """Return the unit a count since 1970 of this size can only be in (dates of 1973 to 5138)."""
    return next(unit for unit, first in _FIRST_OF if abs(number) >= first)


def check_one_unit(units: Iterable[str], source: str) -> str:
    """Return the one unit of ``units``, seconds when there are none. Raises DatasetError (``mixed-time-units``)."""
    found = sorted(set(units))
    if len(found) > 1:
        raise DatasetError(
            f"The times in {source} are in mixed units ({' and '.join(found)}); convert them to one.",
            code="mixed-time-units",
        )
    return found[0] if found else "seconds"


def seconds_of(text: str) -> int | None:
    """Return Unix seconds of a date written out, taken as UTC where it names no zone; None when it is no date.

    Text of more than 64 characters is no date.
    """
    if len(text) > _MAX_DATE_CHARACTERS:
        return None
    text = " ".join(text.split())
    moment: datetime | None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = next((m for form in _FORMS if (m := _parsed(text, form)) is not None), None)
    if moment is None:
        return None
    try:
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except OverflowError:  # a zone that leads out of the calendar
        return None


def _parsed(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)
    except ValueError:
        return None
