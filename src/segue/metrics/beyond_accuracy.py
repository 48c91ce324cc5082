"""What lists of recommendations are like, whether or not they are right: variety, novelty, popularity, reach.

Conventions: ``lists`` is int64 ``(n_users, k)``, item numbers best first, `NO_ITEM` (-1) in places that stay
empty. ``popularity`` is float ``(n_items,)``: how many users have an item (`segue compare` counts those of the
whole set, so that items hidden from training have a popularity too).
Measures of one user's list return float64 ``(n_users,)``, nan where the list is too short to say; measures of
all lists together return one float, nan where no list holds anything.
"""

from __future__ import annotations

import numpy as np

from segue.metrics.ranking import NO_ITEM

_COMPARED_AT_ONCE = 5_000_000


def novelty(lists: np.ndarray, popularity: np.ndarray, n_users: int) -> np.ndarray:
    """Return the mean over a list of -log2(share of users who have the item), in bits, at least 0.

    Self-information of being known (Zhou et al. 2010; Vargas and Castells 2011), as in RecTools'
    ``MeanInvUserFreq``; an item nobody has counts as if one user had it.
    """
    bits = -np.log2(np.maximum(popularity, 1.0) / max(n_users, 1))
    return _list_mean(lists, bits)


def mean_popularity(lists: np.ndarray, popularity: np.ndarray) -> np.ndarray:
    """Return the mean over a list of how many users have the item, as in RecTools' ``AvgRecPopularity``.

    The average recommendation popularity of Yin et al. 2012 and Abdollahpouri et al. 2019.
    """
    return _list_mean(lists, popularity)


def popularity_lift(lists: np.ndarray, popularity: np.ndarray, history_popularity: np.ndarray) -> np.ndarray:
    """Return how much more popular a list is than what its user had: list / history - 1, above -1.

    0: as popular as the user's own taste; 1: twice so. ``history_popularity`` float ``(n_users,)`` is the
    mean popularity of each user's history (Abdollahpouri et al. 2020, popularity lift, per user; no
    library above has it). nan where the history is empty or unknown to everybody else.
    """
    own = np.where(history_popularity > 0, history_popularity, np.nan)
    return mean_popularity(lists, popularity) / own - 1.0


def embedding_diversity(lists: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Return the mean cosine distance between the items of a list, in [0, 2], 0 for equal vectors.

    1 - cos over all pairs (Ziegler et al. 2005), as RecTools' ``IntraListDiversity`` with that distance.
    ``vectors`` is float ``(n_items, n_dims)``; a zero vector is at distance 1 from
    any other. nan for lists of fewer than two items.
    """
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = np.divide(vectors, length, out=np.zeros(vectors.shape, np.float64), where=length > 0)
    result = np.full(len(lists), np.nan)
    step = max(1, _COMPARED_AT_ONCE // max(1, lists.shape[1] * vectors.shape[1]))
    for start in range(0, len(lists), step):
        batch = lists[start : start + step]
        held = batch != NO_ITEM
        rows = unit[batch] * held[:, :, None]
        # Over all ordered pairs, the sum of cosines is |sum of vectors|^2 less each one's with itself.
        total = (rows.sum(axis=1) ** 2).sum(axis=1) - (rows**2).sum(axis=(1, 2))
        result[start : start + step] = 1.0 - _over(total, _n_pairs(held) * 2)
    return result


def artist_diversity(lists: np.ndarray, artists: np.ndarray) -> np.ndarray:
    """Return the share of a list's pairs that are by different artists, in [0, 1].

    `embedding_diversity` with distance 0 within an artist and 1 between artists. ``artists`` int ``(n_items,)``
    numbers them; a negative number is an artist nobody knows, different from all others. nan for lists of
    fewer than two items.
    """
    held = lists != NO_ITEM
    of = artists[lists]
    n_same = np.zeros(len(lists), np.int64)
    for gap in range(1, lists.shape[1]):
        left, right = of[:, :-gap], of[:, gap:]
        n_same += ((left == right) & (left >= 0) & held[:, :-gap] & held[:, gap:]).sum(axis=1)
    return 1.0 - _over(n_same.astype(np.float64), _n_pairs(held))


def coverage(lists: np.ndarray, n_candidates: int) -> float:
    """Return the share of ``n_candidates`` that at least one list holds, in [0, 1].

    RecTools' ``CatalogCoverage``, which gives the number unless told to normalise.
    """
    listed = np.unique(lists[lists != NO_ITEM])
    return len(listed) / n_candidates if len(listed) and n_candidates else float("nan")


def gini(lists: np.ndarray, candidates: np.ndarray) -> float:
    """Return how unequally places are shared among candidates, 0 (all alike) to 1 - 1/n (one has all).

    sum over i of (2 i - n - 1) x_i / (n sum x), x ascending: the Gini index of exposure over every candidate,
    listed or not, as LensKit's ``ListGini``. ``candidates`` is bool ``(n_items,)``.
    """
    exposure = np.sort(times_listed(lists, len(candidates))[candidates]).astype(np.float64)
    n, total = len(exposure), exposure.sum()
    if not total:
        return float("nan")
    return float(((2.0 * np.arange(1, n + 1) - n - 1.0) @ exposure) / (n * total))


def hub_share(lists: np.ndarray, candidates: np.ndarray, hubs: float = 0.01) -> float:
    """Return the share of all places that the most listed ``hubs`` of the candidates take, in [0, 1].

    Hubs are items that are near to many others and so come up for everybody (Radovanović et al. 2010). At
    least one item counts as a hub; with no hubs at all its share is about ``hubs``.
    """
    exposure = np.sort(times_listed(lists, len(candidates))[candidates])
    n_hubs = max(1, round(hubs * len(exposure)))
    total = int(exposure.sum())
    return float(exposure[-n_hubs:].sum() / total) if total else float("nan")


def times_listed(lists: np.ndarray, n_items: int) -> np.ndarray:
    """Return int64 ``(n_items,)``: in how many lists each item is."""
    return np.bincount(lists[lists != NO_ITEM], minlength=n_items)


def _list_mean(lists: np.ndarray, values: np.ndarray) -> np.ndarray:
    held = lists != NO_ITEM
    return _over(np.where(held, values[lists], 0.0).sum(axis=1), held.sum(axis=1))


def _n_pairs(held: np.ndarray) -> np.ndarray:
    n = held.sum(axis=1)
    return n * (n - 1) // 2


def _over(total: np.ndarray, divisor: np.ndarray) -> np.ndarray:
    return np.divide(total, divisor, out=np.full(len(total), np.nan), where=divisor > 0)
