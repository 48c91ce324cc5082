"""From a ranking to a list worth hearing: no copies, no seed, no artist too often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence

import numpy as np

from segue.copies.taken import Taken
from segue.library.records import Sketch
from segue.text import artist_key
from segue.types import RankedItem


def pick(
    ranked: Iterable[tuple[int, float]],
    items: np.ndarray,
    artists: Sequence[str | None],
    sketch: Callable[[int], Sketch],
    n: int,
    *,
    per_artist: int,
    seeds: Collection[int | None],
    seed_sketches: Iterable[Sketch],
) -> list[RankedItem]:
    """Return the first ``n`` that may be listed of ``ranked``, which gives rows and scores, best first.

    Row i is item ``items[i]`` by ``artists[i]``. Left out are the ``seeds``, copies of them or of what is listed
    already, and more than ``per_artist`` items of one artist (0 sets no limit; an item without an artist
    is never held back). ``sketch`` is asked only about items that are about to be listed.
    """
    chosen: list[RankedItem] = []
    taken = Taken(seed_sketches)
    by_artist: Counter[str] = Counter()
    for row, score in ranked:
        item = int(items[row])
        artist = artist_key(artists[row]) if per_artist else None
        if item in seeds or (artist and by_artist[artist] >= per_artist):
            continue
        own = sketch(item)
        if taken.holds_copy_of(own):
            continue
        taken.add(own)
        if artist:
            by_artist[artist] += 1
        chosen.append(RankedItem(item, score))
        if len(chosen) == n:
            break
    return chosen
