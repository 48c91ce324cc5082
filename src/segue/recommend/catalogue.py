"""The items a recommender can score, and where each one is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from segue.errors import NotInLibrary


class Catalogue:
    """Items, int64 (n_items,) strictly ascending, each at a row of its own."""

    def __init__(self, items: np.ndarray) -> None:
        self.items = np.asarray(items, np.int64)
        if self.items.ndim != 1 or np.any(np.diff(self.items) <= 0):
            raise ValueError("items must be one ascending list without repetition")

    def __len__(self) -> int:
        return len(self.items)

    def rows(self, items: Sequence[int]) -> np.ndarray:
        """int64 (len(items),): the row of each item. Raises NotInLibrary naming the first unknown one."""
        asked = np.asarray(items, np.int64)
        rows = np.searchsorted(self.items, asked)
        known = rows < len(self.items)
        known[known] = self.items[rows[known]] == asked[known]
        if not known.all():
            unknown = asked[~known][0]
            raise NotInLibrary(
                f"Item {unknown} is not among the {len(self)} that can be compared: "
                "it is unknown, silent, or not analysed by this model yet."
            )
        return rows


def check_length(n: int) -> None:
    """Raises ValueError when ``n`` is no length of a ranking."""
    if n < 1:
        raise ValueError(f"a ranking has at least one place, not {n}")
