"""Groups of rows that are one recording: by equal hashes, and by pairs that were found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence


def same_hash(hashes: Sequence[Hashable | None]) -> list[tuple[int, ...]]:
    """Return the groups of rows, two or more, that have one hash, in the order of their first rows.

    None and the empty string are unknown hashes and equal to nothing.
    """
    holders: defaultdict[Hashable, list[int]] = defaultdict(list)
    for row, digest in enumerate(hashes):
        if digest:
            holders[digest].append(row)
    return [tuple(rows) for rows in holders.values() if len(rows) > 1]


def groups_of(n: int, pairs: Iterable[tuple[int, int]]) -> list[int]:
    """Return n group numbers: the smallest member of each connected component of the graph with edges ``pairs``."""
    parent = list(range(n))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for a, b in pairs:
        low, high = sorted((root(a), root(b)))
        parent[high] = low
    return [root(i) for i in range(n)]
