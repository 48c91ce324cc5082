"""All models that comparisons measure: the product's (segue.recommend.models) and those of research."""

from __future__ import annotations

from collections.abc import Mapping

from segue.recommend.models.contract import Kind
from segue.recommend.models.registry import MODELS as SERVED
from segue.research.models import als_bpr, artists, content_to_cf, content_to_ease, ease_variants, hybrids

_FILES = (artists, als_bpr, ease_variants, content_to_cf, content_to_ease, hybrids)
MODELS: Mapping[str, Kind] = {**SERVED, **{kind.name: kind for file in _FILES for kind in file.KINDS}}
