"""The k-core: what is left when users and items with few pairs are taken out, again and again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segue.errors import DatasetError
from segue.history.positions import as_interactions
from segue.types import Interactions, ItemContent


@dataclass(frozen=True, slots=True)
class KCoreReport:
    """A filter in numbers, before and after; ``rounds`` is how often it went round."""

    k: int
    users_before: int
    users_after: int
    items_before: int
    items_after: int
    pairs_before: int
    pairs_after: int
    rounds: int

    def sentence(self) -> str:
        """The report as one line to print."""
        return (
            f"{self.k}-core: {self.users_before:,} users -> {self.users_after:,}, {self.items_before:,} items -> "
            f"{self.items_after:,}, {self.pairs_before:,} pairs -> {self.pairs_after:,} in {self.rounds} rounds."
        )


def k_core(interactions: Interactions, k: int) -> tuple[Interactions, KCoreReport]:
    """Return the largest part in which every user has ``k`` items or more and every item ``k`` users or more.

    Users and items without any pair are taken out for every ``k`` from 1 on. Raises DatasetError
    when nothing is left, or ``k`` is below 1.
    """
    if k < 1:
        raise DatasetError(f"A {k}-core is nothing; choose 1 or more.", code="bad-k")
    users, items = interactions.users, interactions.items
    keep = np.ones(users.size, dtype=bool)
    rounds = 0
    while True:
        rounds += 1
        enough_users = np.bincount(users[keep], minlength=len(interactions.user_ids)) >= k
        enough_items = np.bincount(items[keep], minlength=len(interactions.item_ids)) >= k
        left = keep & enough_users[users] & enough_items[items]
        if left.sum() == keep.sum():
            break
        keep = left
    if not keep.any():
        raise DatasetError(
            f"Nothing of {interactions.name} is left in its {k}-core ({users.size:,} pairs before); choose a smaller k.",
            code="empty-core",
        )
    user_kept, user_place = np.unique(users[keep], return_inverse=True)
    item_kept, item_place = np.unique(items[keep], return_inverse=True)
    core = as_interactions(
        interactions.name,
        [interactions.user_ids[u] for u in user_kept],
        [interactions.item_ids[i] for i in item_kept],
        user_place,
        item_place,
        interactions.counts[keep],
        None if interactions.times_s is None else interactions.times_s[keep],
    )
    report = KCoreReport(
        k=k,
        users_before=len(interactions.user_ids),
        users_after=user_kept.size,
        items_before=len(interactions.item_ids),
        items_after=item_kept.size,
        pairs_before=users.size,
        pairs_after=int(keep.sum()),
        rounds=rounds,
    )
    return core, report


def content_of(content: ItemContent, item_ids: tuple[str, ...], wanted: tuple[str, ...]) -> ItemContent:
    """Return the rows of ``content``, which belongs to ``item_ids``, that belong to the items ``wanted``, in their order.

    Columns stay as they were standardised over all items. Raises DatasetError when an item has no
    row, or the content is not that of ``item_ids``.
    """
    if len(content.artists) != len(item_ids):
        raise DatasetError(
            f"The content of {len(content.artists):,} items does not fit {len(item_ids):,} items; read both from one set.",
            code="content-mismatch",
        )
    place = {item: row for row, item in enumerate(item_ids)}
    missing = [item for item in wanted if item not in place]
    if missing:
        raise DatasetError(
            f"{len(missing)} items have no content (the first is {missing[0]!r}).", code="content-missing"
        )
    rows = [place[item] for item in wanted]
    return ItemContent(
        audio=None if content.audio is None else content.audio[rows],
        metadata=None if content.metadata is None else content.metadata[rows],
        artists=tuple(content.artists[row] for row in rows),
        titles=tuple(content.titles[row] for row in rows),
    )
