"""Counts of what became of every row of a set of interactions: kept, merged, or dropped by reason."""

from __future__ import annotations

from dataclasses import dataclass, replace

from segue.history.listing import FUTURE as FUTURE
from segue.history.listing import NO_SONG as NO_SONG
from segue.history.listing import NO_TIME as NO_TIME
from segue.history.listing import NOT_PARSED as NOT_PARSED

NO_ID = "no user or no item"
NOT_TEXT = "ids that are not valid text"
BLANK = "blank lines"
NO_NUMBER = "counts that are no number"
NOT_POSITIVE = "counts of zero or less"
TOO_LARGE = "counts of a million million or more"
UNKNOWN_ITEM = "items the item file does not know"
ONE_ITEM_USERS = "users with one item"
UNUSED_ITEMS = "items nobody has"
NO_AUDIO = "items without audio content, since nothing heard differs between any two"


@dataclass(frozen=True, slots=True)
class ImportReport:
    """An import in numbers: ``rows == pairs + merged + sum(dropped.values())``, always.

    ``took`` says in words what was read as what. ``dropped`` counts rows that are not in the
    result, by reason; ``noted`` counts what is worth knowing beyond single rows (users with one
    item are kept; items nobody has are left out of the positions).
    """

    kind: str
    source: str
    took: str
    rows: int
    pairs: int
    merged: int
    users: int
    items: int
    dropped: dict[str, int]
    noted: dict[str, int]

    def with_dropped(self, reason: str, n_rows: int) -> ImportReport:
        """Return the report with ``n_rows`` more rows that were read and dropped."""
        if not n_rows:
            return self
        return replace(self, rows=self.rows + n_rows, dropped={**self.dropped, reason: n_rows})

    def sentences(self) -> tuple[str, ...]:
        """The report as lines to print, the first one about what was kept."""
        lines = [
            f"{self.took}: {self.rows:,} rows, {self.pairs:,} pairs of {self.users:,} users and {self.items:,} items."
        ]
        if self.merged:
            lines.append(f"Rows merged into an equal pair: {self.merged:,}.")
        lines += [f"Rows dropped, {reason}: {count:,}." for reason, count in self.dropped.items()]
        lines += [f"Noted, {reason}: {count:,}." for reason, count in self.noted.items()]
        return tuple(lines)
