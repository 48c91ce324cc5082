"""Doubt: how probable it is that a track is of none of the model's genres."""

from __future__ import annotations

import numpy as np

from segue.facets.base import Facet, FromNetwork
from segue.facets.stored import Numbers
from segue.facets.track_output import TrackOutput
from segue.model.passport import DoubtScale
from segue.model.vote import vote
from segue.types import Doubt


def doubt_of(heard: TrackOutput) -> Doubt | None:
    """Return the doubt about a track; None for models that do not measure it."""
    scale = heard.network.passport.doubt
    known = [output.familiarity for output in heard.outputs if output.familiarity is not None]
    if scale is None or not known:
        return None
    return doubt(vote(np.concatenate(heard.chunks)), float(np.mean(known)), scale)


def doubt(probabilities: np.ndarray, familiarity: float, scale: DoubtScale) -> Doubt:
    """Return the doubt from genre probabilities ``(n_classes,)`` and familiarity, by logistic regression (`DoubtScale`)."""
    entropy = float(-(probabilities * np.log(np.maximum(probabilities, 1e-12))).sum())
    odds = scale.bias + scale.entropy * entropy + scale.familiarity * familiarity
    probability = float(1.0 / (1.0 + np.exp(-odds)))
    return Doubt(probability, probability >= scale.threshold)


def with_doubt(probabilities: np.ndarray, found: Doubt | None) -> np.ndarray:
    """Return probabilities ``(n_classes,)`` with the share of "none of these" spread evenly over all genres."""
    if found is None:
        return probabilities
    return (1.0 - found.probability) * probabilities + found.probability / len(probabilities)


def distance(found: Doubt, column: np.ndarray) -> np.ndarray:
    """Return the difference of the probabilities, ``(n,)`` in [0, 1]; ``column`` is ``(n, 2)``."""
    return np.abs(column[:, 0] - found.probability)


DOUBT = Facet(
    name="doubt",
    version="1",
    source=FromNetwork(doubt_of),
    stored=Numbers[Doubt](
        "<f8",
        2,
        lambda found: (found.probability, found.unknown),
        lambda row: Doubt(float(row[0]), bool(row[1])),
    ),
    distance=distance,
    words=lambda found: (
        f"{'unlike anything learned' if found.unknown else 'familiar'} ({found.probability:.0%} doubt)"
    ),
    document=lambda found: {"probability": round(found.probability, 4), "unknown": found.unknown},
)
