"""The contract of every scorer: a question in, one score for every track out.

The promises are tested by one suite, tests/recommend/test_scorer_contract.py, for every scorer there is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np

    from segue.recommend.query import Query


class Scorer(Protocol):
    """Scores every item of one snapshot. Scores of different scorers do not compare.

    The same scorer gives the same answer to the same query, however often and in whatever order it is asked; chance
    comes from the query's ``chance``. The order of seeds, and giving one twice in the history, changes nothing.
    """

    @property
    def name(self) -> str:
        """The name that `like --by` and the rows of `grade` have for it."""
        ...

    @property
    def needs(self) -> frozenset[str]:
        """What it cannot answer without: ``seeds`` (or a history) of a query, ``lists``, ``audio``, ``artists`` ..."""
        ...

    def score(self, query: Query) -> np.ndarray:
        """Return float32 ``(n_items,)``, higher is better, -inf where it cannot say; never NaN.

        Items of the query are scored like any other: leaving them out is selection's business. Raises NotInLibrary
        for seeds or a history that the snapshot does not hold.
        """
        ...
