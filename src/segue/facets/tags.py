"""Tags: words of listeners ("ambient", "female vocalists") that the model hears clearly in a track."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from segue.facets.base import Facet, FromNetwork
from segue.facets.stored import Json
from segue.facets.track_output import TrackOutput
from segue.model.passport import TagScale
from segue.types import HeardTag

HeardTags = tuple[HeardTag, ...]


def tags_of(heard: TrackOutput) -> HeardTags | None:
    """Return the tags above their thresholds; None for models without tags."""
    scales = heard.network.passport.tags
    if not scales:
        return None
    return clear_tags(np.mean([output.tags for output in heard.outputs], axis=0), scales)


def clear_tags(probabilities: np.ndarray, scales: Sequence[TagScale]) -> HeardTags:
    """Return the tags whose probability ``(n_tags,)`` reaches their threshold, furthest above it first."""
    heard = [
        (float(p) / scale.threshold, HeardTag(scale.name, float(p)))
        for p, scale in zip(probabilities, scales, strict=True)
        if p >= scale.threshold
    ]
    return tuple(tag for _, tag in sorted(heard, key=lambda pair: -pair[0]))


def distance(tags: HeardTags, column: list[HeardTags | None]) -> np.ndarray:
    """Return one minus the share of tags in common (Jaccard 1901), ``(n,)`` in [0, 1]; 0 where neither has any."""
    own = {one.tag for one in tags}
    found = np.full(len(column), np.nan)
    for row, other in enumerate(column):
        if other is not None:
            theirs = {one.tag for one in other}
            found[row] = 1.0 - len(own & theirs) / len(own | theirs) if own | theirs else 0.0
    return found


def _pack(tags: HeardTags) -> Any:
    return [[one.tag, float(one.probability)] for one in tags]


def _unpack(plain: Any) -> HeardTags:
    return tuple(HeardTag(str(tag), float(probability)) for tag, probability in plain)


TAGS = Facet(
    name="tags",
    version="1",
    source=FromNetwork(tags_of),
    stored=Json(_pack, _unpack),
    distance=distance,
    words=lambda tags: ", ".join(one.tag for one in tags[:5]) or "none clear",
    document=lambda tags: [{"tag": one.tag, "probability": round(one.probability, 4)} for one in tags],
)
