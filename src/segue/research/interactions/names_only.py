"""Content of sets that tell names of items and nothing of their sound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from segue.types import ItemContent

if TYPE_CHECKING:
    import numpy as np


def content_of_names(
    item_ids: Sequence[str],
    artists: Mapping[str, str | None],
    titles: Mapping[str, str | None],
    metadata: np.ndarray | None = None,
) -> ItemContent:
    """Return content without ``audio``, with the names of the items that are known."""
    return ItemContent(
        audio=None,
        metadata=metadata,
        artists=tuple(artists.get(item) for item in item_ids),
        titles=tuple(titles.get(item) for item in item_ids),
    )
