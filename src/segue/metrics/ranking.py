"""How well rankings put back what was hidden: recall, hit rate, NDCG, reciprocal rank, average precision.

Conventions: relevance is yes or no. All that these measures need is the rank of every hidden
item in its user's ranking, so that is what they are given: a `Hits`, made from lists
(`hits_in_lists`) or, for thousands of users at once, from scores (`hits_in_scores`). Ranks
count from 1; an item that the ranking does not hold has rank 0 and is a miss at any depth.

Every measure returns one float64 per user, in [0, 1] and higher when better, nan for a user who
had nothing hidden: such users were not asked, and their place in an average is nobody's.
Raises ValueError where ``k`` is below 1.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

NOT_RANKED = 0
NO_ITEM = -1  # fills a list that ends early


@dataclass(frozen=True, slots=True)
class Hits:
    """The rank of every hidden item: pair i is of user ``users[i]`` and stands at ``ranks[i]``.

    ``users`` int64 ``(n_pairs,)`` in ``0..n_users - 1``, ``ranks`` int64 ``(n_pairs,)`` from 1, or
    `NOT_RANKED`. Users without a pair had nothing hidden.
    """

    users: np.ndarray
    ranks: np.ndarray
    n_users: int

    @property
    def n_hidden(self) -> np.ndarray:
        """int64 ``(n_users,)``: how many items were hidden from each user."""
        return np.bincount(self.users, minlength=self.n_users)

    def only(self, pairs: np.ndarray) -> Hits:
        """The same rankings asked about some of the hidden items: ``pairs`` is bool ``(n_pairs,)``."""
        return Hits(self.users[pairs], self.ranks[pairs], self.n_users)


def hits_in_lists(ranked: Sequence[Sequence[int]], hidden: Sequence[Collection[int]]) -> Hits:
    """Return where each user's ``hidden`` items stand in that user's list, best first.

    Raises ValueError for unequal lengths or a list that names an item twice.
    """
    users, ranks = [], []
    for user, (items, wanted) in enumerate(zip(ranked, hidden, strict=True)):
        place = {item: rank for rank, item in enumerate(items, 1)}
        if len(place) != len(items):
            raise ValueError(f"the list of user {user} names an item twice")
        users += [user] * len(wanted)
        ranks += [place.get(item, NOT_RANKED) for item in wanted]
    return Hits(np.array(users, np.int64), np.array(ranks, np.int64), len(ranked))


def hits_in_scores(scores: np.ndarray, users: np.ndarray, items: np.ndarray) -> Hits:
    """Return where item ``items[i]`` stands among all scores of user ``users[i]``.

    ``scores`` is float ``(n_users, n_items)``, higher is better; -inf and nan mean "not ranked". Ties go
    to the lower item number.
    """
    users, items = np.asarray(users, np.int64), np.asarray(items, np.int64)
    n_items = scores.shape[1]
    own = scores[users, items]
    ranks = np.empty(len(users), np.int64)
    n_equal = np.empty(len(users), np.int64)
    order = np.argsort(users, kind="stable")
    ends = np.searchsorted(users[order], np.arange(len(scores) + 1))
    ascending = np.sort(np.where(np.isnan(scores), -np.inf, scores), axis=1)
    for user, row in enumerate(ascending):
        pairs = order[ends[user] : ends[user + 1]]
        after = np.searchsorted(row, own[pairs], "right")
        ranks[pairs] = 1 + n_items - after
        n_equal[pairs] = after - np.searchsorted(row, own[pairs], "left")
    ranked = own > -np.inf
    for pair in np.flatnonzero(ranked & (n_equal > 1)):
        ranks[pair] += (scores[users[pair], : items[pair]] == own[pair]).sum()
    return Hits(users, np.where(ranked, ranks, NOT_RANKED), len(scores))


def top_items(scores: np.ndarray, k: int) -> np.ndarray:
    """Return int64 ``(n_users, k)``: each user's best items, best first, ties by ascending item.

    Items scored -inf or nan are in no list; where fewer than ``k`` are left, `NO_ITEM` fills up.
    """
    _check_depth(k)
    scores = np.where(np.isnan(scores), -np.inf, scores)
    n_users, n_items = scores.shape
    depth = min(k, n_items)
    lists = np.full((n_users, k), NO_ITEM, np.int64)
    if not depth:
        return lists
    worst = np.partition(scores, n_items - depth, axis=1)[:, n_items - depth, None]
    inside = (scores >= worst) & (scores > -np.inf)
    crowded = np.flatnonzero(inside.sum(axis=1) > depth)
    # Where too many tie at the border, what is above it is in, and of the tied the lowest item numbers.
    above, tied = scores[crowded] > worst[crowded], scores[crowded] == worst[crowded]
    room = depth - above.sum(axis=1, keepdims=True)
    inside[crowded] = above | (tied & (np.cumsum(tied, axis=1) <= room))
    row, item = np.nonzero(inside)
    order = np.lexsort((item, -scores[row, item], row))
    row, item = row[order], item[order]
    starts = np.searchsorted(row, np.arange(n_users))
    lists[row, np.arange(len(row)) - starts[row]] = item
    return lists


def recall(hits: Hits, k: int) -> np.ndarray:
    """Return the share of each user's hidden items among the first ``k``: found / hidden.

    As in trec_eval (``recall_k``), ranx and RecTools; LensKit divides by min(hidden, k) instead.
    """
    return _per_user(hits, _within(hits, k).astype(np.float64), hits.n_hidden)


def hit_rate(hits: Hits, k: int) -> np.ndarray:
    """Return 1.0 for each user with a hidden item among the first ``k``, else 0.0.

    As in trec_eval (``success_k``), ranx (``hit_rate``), RecTools (``HitRate``) and LensKit (``Hit``).
    """
    return np.minimum(_per_user(hits, _within(hits, k).astype(np.float64), np.ones(hits.n_users)), 1.0)


def ndcg(hits: Hits, k: int) -> np.ndarray:
    """Return the normalised discounted cumulative gain of the first ``k``.

    Sum over found items of 1 / log2(rank + 1), divided by the same sum for a ranking that begins with
    all hidden items, of which the first min(hidden, k) count (Järvelin and Kekäläinen 2002, with
    the log2(rank + 1) discount of Burges et al. 2005). As in trec_eval (``ndcg_cut_k``), ranx and LensKit
    for binary relevance, and RecTools with ``divide_by_achievable``; its default divides by the sum over all ``k``
    places, whatever was hidden.
    """
    within = _within(hits, k)
    gain = np.where(within, 1.0 / np.log2(np.maximum(hits.ranks, 1) + 1.0), 0.0)
    best = np.concatenate(([0.0], np.cumsum(1.0 / np.log2(np.arange(k) + 2.0))))
    return _per_user(hits, gain, best[np.minimum(hits.n_hidden, k)])


def reciprocal_rank(hits: Hits) -> np.ndarray:
    """Return 1 / (rank of the first hidden item found) over the full ranking, 0.0 where none is ranked.

    Its mean is MRR, as in trec_eval (``recip_rank``), ranx, RecTools and LensKit (Voorhees 1999).
    """
    best = np.zeros(hits.n_users)
    ranked = hits.ranks > NOT_RANKED
    np.maximum.at(best, hits.users[ranked], 1.0 / hits.ranks[ranked])
    return np.where(hits.n_hidden > 0, best, np.nan)


def average_precision(hits: Hits) -> np.ndarray:
    """Return the mean over a user's hidden items of the precision at each one's rank, 0 where not ranked.

    Precision at the rank of the j-th item found is j / rank; the sum is divided by all that were
    hidden. Its mean is MAP over the full ranking, as in trec_eval (``map``), ranx and RecTools with k = n_items;
    LensKit divides by min(hidden, length of the list).
    """
    order = np.lexsort((hits.ranks, hits.users))
    users, ranks = hits.users[order], hits.ranks[order]
    ranked = ranks > NOT_RANKED
    # Items that are not ranked sort first (rank 0); j counts only the ranked ones of a user.
    n_before: np.ndarray = np.cumsum(ranked) - ranked
    first = np.searchsorted(users, np.arange(hits.n_users))
    start = np.concatenate((n_before, [ranked.sum()]))[first]
    j = n_before - start[users] + 1
    precision = np.where(ranked, j / np.maximum(ranks, 1), 0.0)
    return _per_user(Hits(users, ranks, hits.n_users), precision, hits.n_hidden)


def _within(hits: Hits, k: int) -> np.ndarray:
    _check_depth(k)
    return (hits.ranks > NOT_RANKED) & (hits.ranks <= k)


def _per_user(hits: Hits, gains: np.ndarray, divisor: np.ndarray) -> np.ndarray:
    total = np.bincount(hits.users, weights=gains, minlength=hits.n_users)
    return np.divide(total, divisor, out=np.full(hits.n_users, np.nan), where=hits.n_hidden > 0)


def _check_depth(k: int) -> None:
    if k < 1:
        raise ValueError(f"k counts places of a ranking and is at least 1, not {k}")
