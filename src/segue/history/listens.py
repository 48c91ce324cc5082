"""Listening histories as their keepers export them: what Last.fm and ListenBrainz tools write.

Each reader gives one `Listing` of kind ``"history"`` in order of time, with times in Unix seconds
and everything that could not be used counted by reason.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from segue.errors import DatasetError
from segue.history.listing import Entry, Listing
from segue.history.report import FUTURE, NO_SONG, NO_TIME
from segue.history.times import CLOCK_SLACK_S, UNITS_PER_S, check_one_unit, seconds_of, unit_of


@dataclass(frozen=True, slots=True)
class Listen:
    """One line of a log as it stands there; ``time`` is a number, a date written out, or None.

    ``user`` is who heard it, where the log says it line by line.
    """

    artist: str | None
    title: str | None
    album: str | None
    time: float | str | None
    user: str | None = None


def as_listing(
    name: str, source: Path, listens: Iterable[Listen], dropped: Counter[str], now_s: float | None = None
) -> Listing:
    """Return the history ``name``, by time. Raises DatasetError when times are in mixed units or none can be used.

    Dropped and counted, on top of ``dropped``: listens without artist or title, without a time,
    and of the future (by more than a day).
    """
    latest_s = (time.time() if now_s is None else now_s) + CLOCK_SLACK_S
    found: list[tuple[Listen, float | str]] = []
    units = set()
    for listen in listens:
        if not (listen.artist and listen.title):
            dropped[NO_SONG] += 1
        elif (moment := _number_or_text(listen.time)) is None:
            dropped[NO_TIME] += 1
        else:
            found.append((listen, moment))
            if isinstance(moment, float):
                units.add(unit_of(moment))
    per_second = UNITS_PER_S[check_one_unit(units, str(source))]
    entries = []
    for listen, moment in found:
        time_s = seconds_of(moment) if isinstance(moment, str) else int(moment // per_second)
        if time_s is None or time_s < 0:
            dropped[NO_TIME] += 1
        elif time_s > latest_s:
            dropped[FUTURE] += 1
        else:
            entries.append(Entry(None, listen.artist, listen.title, listen.album, time_s, user=listen.user))
    if not entries:
        why = ", ".join(f"{reason} ({count:,})" for reason, count in dropped.most_common())
        raise DatasetError(f"{source} holds no listen segue can use{f': {why}' if why else ''}.")
    entries.sort(key=lambda entry: entry.time_s or 0)
    path = os.path.abspath(source)
    return Listing(name, "history", path, os.path.dirname(path), tuple(entries), dict(dropped))


def _number_or_text(moment: float | str | None) -> float | str | None:
    if moment is None or isinstance(moment, bool):
        return None
    try:
        number = float(moment)
    except (TypeError, ValueError, OverflowError):
        return moment.strip() or None if isinstance(moment, str) else None
    # Players without a clock write zero, which is no time.
    return number if 0 < number < float("inf") else None


def text_of(value: object) -> str | None:
    """Return ``value`` when it is text that says something, else None."""
    return (value.strip() or None) if isinstance(value, str) else None
