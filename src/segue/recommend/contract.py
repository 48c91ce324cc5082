"""What every recommender promises, whatever it knows: content, habits of others, or nothing.

The promises are tested by one suite, tests/recommend/test_contract.py, for every recommender.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from segue.types import RankedItem

if TYPE_CHECKING:
    import numpy as np


class Recommender(Protocol):
    """A history of items in, a ranking of other items out.

    Items are non-negative integers (track ids, or whatever the caller counts). The same
    recommender gives the same answer to the same question, however often and in whatever order
    it is asked; chance comes from a seed given when it is made.
    """

    @property
    def items(self) -> np.ndarray:
        """int64 (n_items,), ascending: everything this recommender can score."""
        ...

    @property
    def needs_history(self) -> bool:
        """Whether it can say nothing about nobody: then an empty history gets an empty ranking."""
        ...

    def recommend(self, history: Sequence[int], n: int) -> list[RankedItem]:
        """Up to ``n`` items, best first, scores never rising, none of them from ``history``.

        Fewer than ``n`` when there are no more to give. Raises NotInLibrary when ``history``
        holds an item that is not in ``items``, ValueError when ``n`` is below 1.
        """
        ...
