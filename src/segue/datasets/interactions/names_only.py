"""Content of sets that tell names of items and nothing of their sound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from segue.types import ItemContent


def content_of_names(
    item_ids: Sequence[str],
    artists: Mapping[str, str | None],
    titles: Mapping[str, str | None],
    metadata: np.ndarray | None = None,
) -> ItemContent:
    """Return content whose ``audio`` has no columns: float32 ``(n_items, 0)``; what is heard is not told."""
    return ItemContent(
        audio=np.zeros((len(item_ids), 0), np.float32),
        metadata=metadata,
        artists=tuple(artists.get(item) for item in item_ids),
        titles=tuple(titles.get(item) for item in item_ids),
    )
