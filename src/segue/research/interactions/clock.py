"""A column of times as Unix seconds, whatever it holds, one unit for the whole table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segue.history.frames import polars
from segue.history.times import UNITS_PER_S, check_one_unit, seconds_of, unit_of

if TYPE_CHECKING:
    import polars as pl

# Below this a number tells no unit: 1973 in seconds, the second day of 1970 in milliseconds.
_TELLING = 1e8
# Polars reads these in a moment; what is written in another way goes through seconds_of, one by one.
_COMMON_FORMS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%SZ")


class Clock:
    """Turns batch after batch into seconds and remembers the unit; ``source`` names the table in errors."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._units: set[str] = set()

    def seconds(self, column: pl.Series) -> pl.Series:
        """Return int64 Unix seconds, null where there is no time. Raises DatasetError for mixed units."""
        pl = polars()
        if column.dtype.is_temporal():
            return column.cast(pl.Datetime("us"), strict=False).dt.epoch("s")
        numbers = column.cast(pl.Float64, strict=False)
        telling = numbers.filter(numbers.is_finite() & (numbers.abs() >= _TELLING)).abs()
        magnitudes = telling.log10().floor().unique()  # a unit begins at a power of ten, so each has one unit
        self._units.update(unit_of(10.0**magnitude) for magnitude in magnitudes)
        per_second = UNITS_PER_S[check_one_unit(self._units, self._source)]
        seconds = (numbers / per_second).floor().cast(pl.Int64, strict=False)
        if column.dtype != pl.String or not (numbers.is_null() & column.is_not_null()).any():
            return seconds
        return seconds.zip_with(
            numbers.is_not_null(), self._written_out(column.zip_with(numbers.is_null(), _nothing(column)))
        )

    def _written_out(self, column: pl.Series) -> pl.Series:
        pl = polars()
        text = column.str.strip_chars()
        seconds = pl.Series([None], dtype=pl.Int64).new_from_index(0, column.len())
        for form in _COMMON_FORMS:
            if not (left := seconds.is_null() & text.is_not_null()).any():
                return seconds
            parsed = text.zip_with(left, _nothing(text)).str.to_datetime(form, time_unit="us", strict=False)
            seconds = seconds.zip_with(~left, parsed.dt.epoch("s"))
        known = {one: seconds_of(one) for one in text.filter(seconds.is_null() & text.is_not_null()).unique()}
        if not known:
            return seconds
        others = text.replace_strict(
            list(known), pl.Series(list(known.values()), dtype=pl.Int64), default=None, return_dtype=pl.Int64
        )
        return seconds.zip_with(seconds.is_not_null(), others)


def _nothing(column: pl.Series) -> pl.Series:
    pl = polars()
    return pl.Series([None], dtype=pl.String).new_from_index(0, column.len())
