"""The wording of numbers: signs, intervals, percentages, counts and lists of names."""

from __future__ import annotations

from collections.abc import Sequence

NOTHING = "-"  # stands for a number that there is none of


def number(value: float | None, decimals: int = 3) -> str:
    """Return ``0.123``; a hyphen for None."""
    return NOTHING if value is None else f"{value:.{decimals}f}"


def signed(value: float, decimals: int = 3) -> str:
    """Return ``+0.123``; zero, and what rounds to it, has no sign."""
    shown = f"{value:+.{decimals}f}"
    return f"{0:.{decimals}f}" if float(shown) == 0 else shown


def interval(low: float | None, high: float | None, decimals: int = 3) -> str:
    """Return ``0.123 to 0.456``; a hyphen where an end is None."""
    if low is None or high is None:
        return NOTHING
    return f"{low:.{decimals}f} to {high:.{decimals}f}"


def signed_interval(low: float | None, high: float | None, decimals: int = 3) -> str:
    """Return ``-0.123 to +0.456``; a hyphen where an end is None."""
    if low is None or high is None:
        return NOTHING
    return f"{signed(low, decimals)} to {signed(high, decimals)}"


def difference(value: float, low: float, high: float, decimals: int = 3) -> str:
    """Return ``+0.010 (+0.008 to +0.012)``."""
    return f"{signed(value, decimals)} ({signed_interval(low, high, decimals)})"


def percent(share: float | None, decimals: int = 0) -> str:
    """Return ``12 %`` for 0.12; a hyphen for None."""
    return NOTHING if share is None else f"{100 * share:.{decimals}f} %"


def percent_interval(low: float | None, high: float | None, decimals: int = 1) -> str:
    """Return ``12.0 to 34.0`` for 0.12 and 0.34, to stand beside a percentage; a hyphen where an end is None."""
    if low is None or high is None:
        return NOTHING
    return interval(100 * low, 100 * high, decimals)


def points(low: float, high: float) -> str:
    """Return ``-1.0 to +2.0`` percentage points for -0.01 and 0.02."""
    return signed_interval(100 * low, 100 * high, 1)


def count(n: int, thing: str, things: str | None = None) -> str:
    """Return ``1 user`` or ``1,234 users``; ``things`` is the plural where it is not ``thing`` and an s."""
    return f"{n:,} {thing if n == 1 else things or thing + 's'}"


def listing(names: Sequence[str]) -> str:
    """Return ``a, b and c``; the empty string for no names."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def sentence(text: str) -> str:
    """Return the text with one full stop at its end."""
    return text.rstrip(". ") + "."
