"""Measures as JSON can say them: it has no words for what is no number, or has no end."""

from __future__ import annotations

import math
from typing import Any


def without_nan(value: Any) -> Any:
    """Return a JSON value with None for every NaN and infinity in it; tuples become lists, keys stay as they are."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: without_nan(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(one) for one in value]
    return value
