"""All models that comparisons measure: the product's (segue.recommend.models) and those of research."""

from __future__ import annotations

from collections.abc import Mapping

from segue.recommend.models.contract import Kind
from segue.recommend.models.registry import MODELS as SERVED
from segue.research.models import (
    als_bpr,
    artist_only,
    artists,
    content_to_cf,
    content_to_ease,
    dropoutnet,
    ease_variants,
    edlae,
    ensemble,
    feature_factors,
    hybrids,
    ials,
    multvae,
    rp3beta,
    slim,
)

_FILES = (
    artists,
    rp3beta,
    slim,
    als_bpr,
    ials,
    multvae,
    edlae,
    ease_variants,
    content_to_cf,
    content_to_ease,
    dropoutnet,
    feature_factors,
    ensemble,
    artist_only,
    hybrids,
)
MODELS: Mapping[str, Kind] = {**SERVED, **{kind.name: kind for file in _FILES for kind in file.KINDS}}
