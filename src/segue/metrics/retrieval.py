"""How often what is retrieved shares a label with what was asked for.

Conventions: labels are any values that compare equal; None means "no label" and matches nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence


def same_label_share(seed: Hashable | None, ranked: Sequence[Hashable | None], k: int) -> float | None:
    """Return the share of the first ``k`` retrieved items that carry the seed's label.

    ``hits / min(k, len(ranked))``, from 0 to 1; the "average percentage of same-class neighbours" of
    Pampalk, Flexer and Widmer, Improvements of audio-based music similarity (ISMIR 2005). None when
    the seed has no label or nothing was retrieved. Raises ValueError when ``k`` is below 1.
    """
    if k < 1:
        raise ValueError(f"k counts retrieved items and is at least 1, not {k}")
    top = ranked[:k]
    if seed is None or not top:
        return None
    return sum(label == seed for label in top) / len(top)


def mean_share(shares: Sequence[float | None]) -> float | None:
    """Return the mean of the shares that exist; None when there is none."""
    known = [share for share in shares if share is not None]
    return sum(known) / len(known) if known else None
