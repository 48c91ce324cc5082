"""A column of times as Unix seconds: numbers in one unit for the whole table, or dates that polars parses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segue.history.times import UNITS_PER_S, check_one_unit, unit_of
from segue.research.interactions.batches import polars

if TYPE_CHECKING:
    import polars as pl

# Below this a number tells no unit: 1973 in seconds, the second day of 1970 in milliseconds.
_TELLING = 1e8
_WITH_ZONE = "%+"  # ISO 8601 with Z or an offset
_AS_UTC = (
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d",
    "%Y/%m/%d %H:%M:%S",
    "%d %b %Y, %H:%M:%S",
    "%d %b %Y, %H:%M",
    "%d %b %Y %H:%M:%S",
    "%d %b %Y %H:%M",
    "%d %b %Y",
)


class Clock:
    """Turns batch after batch into seconds and remembers the unit; ``source`` names the table in errors."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._units: set[str] = set()

    def seconds(self, column: pl.Series) -> pl.Series:
        """Return int64 Unix seconds, null where there is no time.

        Dates without a zone are taken as UTC. Raises DatasetError (``mixed-time-units``) where numbers of this batch
        and those before are of two units.
        """
        pl = polars()
        if column.dtype.is_temporal():
            return column.cast(pl.Datetime("us"), strict=False).dt.epoch("s")
        numbers = column.cast(pl.Float64, strict=False)
        telling = numbers.filter(numbers.is_finite() & (numbers.abs() >= _TELLING)).abs()
        # Units are ranges of size, so all numbers have one unit where the least and the largest have.
        self._units.update(unit_of(one) for one in (telling.min(), telling.max()) if one is not None)
        per_second = UNITS_PER_S[check_one_unit(self._units, self._source)]
        seconds = (numbers / per_second).floor().cast(pl.Int64, strict=False)
        if column.dtype != pl.String:
            return seconds
        return seconds.zip_with(numbers.is_not_null(), _dates(column.str.strip_chars(), numbers.is_null()))


def _dates(text: pl.Series, wanted: pl.Series) -> pl.Series:
    """Return the seconds of dates written out where ``wanted``; one form is tried after another, on what is left."""
    pl = polars()
    none = pl.Series([None], dtype=pl.String).new_from_index(0, text.len())
    seconds = none.cast(pl.Int64)
    for form in (*_AS_UTC[:1], _WITH_ZONE, *_AS_UTC[1:]):
        left = wanted & seconds.is_null() & text.is_not_null()
        if not left.any():
            break
        parsed = text.zip_with(left, none).str.to_datetime(
            form, time_unit="us", time_zone="UTC", strict=False, ambiguous="null"
        )
        seconds = seconds.zip_with(~left, parsed.dt.epoch("s"))
    return seconds
