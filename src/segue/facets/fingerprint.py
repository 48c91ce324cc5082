"""Fingerprint: the sketch of segue.copies.sketch, by which copies of a recording are found."""

from __future__ import annotations

import numpy as np

from segue.copies.sketch import LENGTH, FingerprintAccumulator
from segue.facets.base import Facet, FromMel, StreamFormat
from segue.facets.stored import Numbers

_N_BANDS, _N_COMPARED = 16, 14  # of a sketch, and those that every sample rate keeps; see segue.copies.sketch
_STEADY = 1.0  # steps of 0.5 dB: bands that stay within them have no course to compare


class _Fingerprint:
    def __init__(self, stream: StreamFormat) -> None:
        self._sketch = FingerprintAccumulator(stream.front_end)
        self.push = self._sketch.push

    def value(self) -> np.ndarray | None:
        return self._sketch.sketch()


def distance(sketch: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Return half of one minus the correlation of how the bands run, ``(n,)`` in [0, 1]; NaN where they do not move.

    Recordings are compared as if equally long and without the shifts that segue.copies.sketch tries: a copy is near 0,
    unrelated music near 0.5. After the bit error rate of Haitsma and Kalker (2002).
    """
    own, others = _courses(sketch[None]), _courses(column)
    sizes = np.sqrt((others**2).mean(axis=1))
    size = float(np.sqrt((own**2).mean()))
    moving = (sizes >= _STEADY) & (size >= _STEADY)
    correlations = (others @ own[0] / own.shape[1]) / np.maximum(sizes * size, 1e-9)
    return np.where(moving, (1.0 - correlations) / 2.0, np.nan)


def _courses(sketches: np.ndarray) -> np.ndarray:
    """Return float32 ``(n, 63 * 14)``: the balance of the bands over time, without their mean levels."""
    levels = sketches.reshape(len(sketches), -1, _N_BANDS)[:, 1:, :_N_COMPARED].astype(np.float32)
    return (levels - levels.mean(axis=2, keepdims=True)).reshape(len(sketches), -1)


FINGERPRINT = Facet(
    name="fingerprint",
    version="1",
    source=FromMel(_Fingerprint),
    stored=Numbers[np.ndarray]("|i1", LENGTH, lambda sketch: sketch, lambda numbers: numbers),
    distance=distance,
    words=lambda sketch: f"a sketch of {len(sketch)} bytes",
    document=lambda sketch: [int(number) for number in sketch],
)
