"""Listens of a log (artist, title, album, time as written) as entries with times in Unix seconds."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from segue.errors import DatasetError
from segue.history.listing import FUTURE, NO_SONG, NO_TIME, Entry, Listing
from segue.history.times import CLOCK_SLACK_S, UNITS_PER_S, check_one_unit, seconds_of, unit_of
from segue.text import MAX_NAME_CHARACTERS


@dataclass(frozen=True, slots=True)
class Listen:
    """One line of a log as it stands there; ``time`` is a number, a date written out, or None.

    ``user`` is who heard it, where the log says it line by line.
    """

    artist: str | None
    title: str | None
    album: str | None
    time: object
    user: str | None = None


def as_listing(
    name: str, source: Path, listens: Iterable[Listen], dropped: Counter[str], now_s: float | None = None
) -> Listing:
    """Return the history ``name``, whose entries are made of ``listens`` as they are asked for.

    Listens without artist or title, without a time, or more than a day in the future are dropped and counted in
    ``dropped``. Going through the entries raises DatasetError when times are in mixed units (``mixed-time-units``)
    or none can be used (``no-listens``).
    """
    latest_s = (time.time() if now_s is None else now_s) + CLOCK_SLACK_S
    path = os.path.abspath(source)
    entries = _entries(source, listens, dropped, latest_s)
    return Listing(name, "history", path, os.path.dirname(path), entries, dropped)


def _entries(
    source: Path, listens: Iterable[Listen], dropped: Counter[str], latest_s: float
) -> Iterator[Entry]:
    n_entries = 0
    units: set[str] = set()
    for listen in listens:
        if not (listen.artist and listen.title):
            dropped[NO_SONG] += 1
            continue
        moment = _number_or_text(listen.time)
        if isinstance(moment, float):
            units.add(unit_of(moment))
            time_s: int | None = int(moment // UNITS_PER_S[check_one_unit(units, str(source))])
        else:
            time_s = None if moment is None else seconds_of(moment)
        if time_s is None or time_s < 0:
            dropped[NO_TIME] += 1
        elif time_s > latest_s:
            dropped[FUTURE] += 1
        else:
            n_entries += 1
            yield Entry(None, listen.artist, listen.title, listen.album, time_s, user=listen.user)
    if not n_entries:
        why = ", ".join(f"{reason} ({count:,})" for reason, count in dropped.most_common())
        raise DatasetError(f"{source} holds no usable listens{f': {why}' if why else ''}.", code="no-listens")


def _number_or_text(moment: object) -> float | str | None:
    if isinstance(moment, str):
        moment = moment[:MAX_NAME_CHARACTERS].strip()
    elif isinstance(moment, bool) or not isinstance(moment, int | float):
        return None
    try:
        number = float(moment)
    except (ValueError, OverflowError):
        return moment or None if isinstance(moment, str) else None
    # Players without a clock write zero, which is no time.
    return number if 0 < number < float("inf") else None


def text_of(value: object) -> str | None:
    """Return ``value`` when it is text that says something, stripped and cut to `MAX_NAME_CHARACTERS`, else None."""
    return (value[:MAX_NAME_CHARACTERS].strip() or None) if isinstance(value, str) else None
