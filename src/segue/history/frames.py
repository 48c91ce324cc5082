"""Polars, imported late; without it, one sentence that says how to get it."""

from __future__ import annotations

from types import ModuleType

from segue.errors import MissingExtra


def polars() -> ModuleType:
    """The module polars. Raises MissingExtra."""
    try:
        import polars as pl
    except ImportError:
        raise MissingExtra(
            "Reading interactions needs polars; install it with: pip install 'segue[cf]'."
        ) from None
    return pl
