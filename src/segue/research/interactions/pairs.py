"""Rows of a set, cleaned, counted and merged batch by batch.

Rows leave as numbers at once, so memory is that of distinct pairs and ids, not of the file.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from segue.errors import DatasetError
from segue.history.positions import as_interactions
from segue.history.times import CLOCK_SLACK_S
from segue.research.interactions.batches import polars
from segue.research.interactions.report import (
    FUTURE,
    NO_ID,
    NO_NUMBER,
    NO_TIME,
    NOT_POSITIVE,
    NOT_TEXT,
    ONE_ITEM_USERS,
    TOO_LARGE,
    ImportReport,
)
from segue.types import Interactions

if TYPE_CHECKING:
    import polars as pl

_SMALLEST, _LARGEST = 1e-12, 1e12  # what float32 keeps apart from nothing, and sums of which it can hold
_MERGE_ROWS = 500_000  # rows that are waited for before equal pairs are merged: 24 bytes each


class Pairs:
    """Collects rows of ``user``, ``item`` and, where told, ``count`` and ``time_s``; counts what it drops.

    ``timed`` says whether rows carry a time, ``counted`` whether they carry a count (1 otherwise).
    ``now_s`` is the present in Unix seconds, None where times are relative and cannot be late.
    """

    def __init__(self, *, timed: bool = False, counted: bool = False, now_s: float | None = None) -> None:
        self.dropped: Counter[str] = Counter()
        self.noted: Counter[str] = Counter()
        self.rows = 0
        self._timed, self._counted = timed, counted
        self._latest_s = None if now_s is None else now_s + CLOCK_SLACK_S
        self._users: dict[str, int] = {}
        self._items: dict[str, int] = {}
        self._held: list[pl.DataFrame] = []
        self._n_waiting = 0
        self._n_clean = 0

    def drop(self, reason: str, n_rows: int) -> None:
        """Count rows that never became a row of a batch."""
        self.rows += n_rows
        if n_rows:
            self.dropped[reason] += n_rows

    def add(self, batch: pl.DataFrame) -> None:
        """Take a batch: ``user`` and ``item`` text, ``count`` float64, ``time_s`` int64; null where a row does not say."""
        pl = polars()
        self.rows += batch.height
        user, item = pl.col("user"), pl.col("item")
        batch = self._keep(batch, NO_ID, (user.str.len_bytes() > 0) & (item.str.len_bytes() > 0))
        batch = self._keep(batch, NOT_TEXT, ~(user.str.contains("\ufffd") | item.str.contains("\ufffd")))
        if self._counted:
            batch = self._keep(batch, NO_NUMBER, pl.col("count").is_finite())
            batch = self._keep(batch, NOT_POSITIVE, pl.col("count") > _SMALLEST)
            batch = self._keep(batch, TOO_LARGE, pl.col("count") < _LARGEST)
        if self._timed:
            batch = self._keep(batch, NO_TIME, pl.col("time_s") >= 0)
            if self._latest_s is not None:
                batch = self._keep(batch, FUTURE, pl.col("time_s") <= int(self._latest_s))
        self._n_clean += batch.height
        numbers: dict[str, pl.Series] = {
            "user": _numbered(batch["user"], self._users),
            "item": _numbered(batch["item"], self._items),
            "count": batch["count"] if self._counted else pl.repeat(1.0, batch.height, eager=True),
        }
        if self._timed:
            numbers["time_s"] = batch["time_s"]
        self._held.append(pl.DataFrame(numbers))
        self._n_waiting += batch.height
        # Merging again costs all pairs there are, so it waits for as many rows again.
        if self._n_waiting > max(_MERGE_ROWS, self._held[0].height):
            self._merge()

    def finish(self, name: str, kind: str, source: str, took: str) -> tuple[Interactions, ImportReport]:
        """Return the interactions and what became of every row. Raises DatasetError when none is left."""
        if not self._n_clean:
            raise DatasetError(_nothing_left(source, self.rows, self.dropped), code="no-usable-rows")
        held = self._merge()
        interactions = as_interactions(
            name,
            list(self._users),
            list(self._items),
            held["user"].to_numpy(),
            held["item"].to_numpy(),
            held["count"].to_numpy(),
            held["time_s"].to_numpy() if self._timed else None,
        )
        alone = int((np.bincount(interactions.users) == 1).sum())
        if alone:
            self.noted[ONE_ITEM_USERS] = alone
        report = ImportReport(
            kind=kind,
            source=source,
            took=took,
            rows=self.rows,
            pairs=held.height,
            merged=self._n_clean - held.height,
            users=len(interactions.user_ids),
            items=len(interactions.item_ids),
            dropped=dict(self.dropped),
            noted=dict(self.noted),
        )
        return interactions, report

    def _keep(self, batch: pl.DataFrame, reason: str, good: pl.Expr) -> pl.DataFrame:
        kept = batch.filter(good)  # null is not good
        if kept.height < batch.height:
            self.dropped[reason] += batch.height - kept.height
        return kept

    def _merge(self) -> pl.DataFrame:
        pl = polars()
        first_time = [pl.col("time_s").min()] if self._timed else []
        merged = pl.concat(self._held).group_by("user", "item").agg(pl.col("count").sum(), *first_time)
        self._held = [merged]
        self._n_waiting = 0
        return merged


def now_s() -> float:
    """The present in Unix seconds."""
    return time.time()


def _numbered(ids: pl.Series, known: dict[str, int]) -> pl.Series:
    """Return the number of each id, int32; new ids are numbered in the order they come."""
    pl = polars()
    unique = ids.unique(maintain_order=True)
    numbers = [known.setdefault(one, len(known)) for one in unique]
    if not numbers:
        return pl.Series(dtype=pl.Int32)
    return ids.replace_strict(unique, pl.Series(numbers, dtype=pl.Int32), return_dtype=pl.Int32)


def _nothing_left(source: str, rows: int, dropped: Counter[str]) -> str:
    if not rows:
        return f"{source} holds no interactions; name a file or folder that does."
    why = ", ".join(f"{reason} ({count:,})" for reason, count in dropped.most_common())
    return f"None of the {rows:,} rows of {source} can be used: {why}."
