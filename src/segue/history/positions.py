"""The one place where ids become positions.

Ids are sorted, as numbers where all of them are plain numbers, so the result does not depend on
the order in which rows came. Everything that makes an `Interactions` makes it here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from segue.types import Interactions


def ordered_ids(ids: Sequence[str]) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the distinct ``ids`` in order, and int64 ``(len(ids),)``: the position of each in that order."""
    order = sorted(range(len(ids)), key=_sort_key(ids))
    positions = np.empty(len(ids), dtype=np.int64)
    positions[order] = np.arange(len(ids))
    return tuple(ids[k] for k in order), positions


def as_interactions(
    name: str,
    user_ids: Sequence[str],
    item_ids: Sequence[str],
    users: np.ndarray,
    items: np.ndarray,
    counts: np.ndarray,
    times_s: np.ndarray | None = None,
) -> Interactions:
    """Return `Interactions` of rows that name users and items by their place in ``user_ids`` and ``item_ids``.

    Ids are distinct, in any order; each pair of user and item is there once. ``users`` and
    ``items`` are integers ``(n_rows,)``, ``counts`` positive, ``times_s`` Unix seconds or None.
    """
    user_ids, user_positions = ordered_ids(user_ids)
    item_ids, item_positions = ordered_ids(item_ids)
    users, items = user_positions[users], item_positions[items]
    rows = np.lexsort((items, users))
    return Interactions(
        name=name,
        user_ids=user_ids,
        item_ids=item_ids,
        users=users[rows],
        items=items[rows],
        counts=np.asarray(counts)[rows].astype(np.float32),
        times_s=None if times_s is None else np.asarray(times_s)[rows].astype(np.int64),
    )


def _sort_key(ids: Sequence[str]) -> Callable[[int], int | str]:
    if all(map(_is_plain_number, ids)):
        return lambda k: int(ids[k])
    return lambda k: ids[k]


def _is_plain_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and (text == "0" or text[0] != "0")
