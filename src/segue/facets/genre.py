"""Genre: calibrated probabilities of the model's genres, by a vote of all chunks that the network heard."""

from __future__ import annotations

from typing import Any

import numpy as np

from segue.facets.base import Facet, FromNetwork
from segue.facets.doubt import doubt_of, with_doubt
from segue.facets.stored import Json
from segue.facets.track_output import TrackOutput
from segue.model.vote import vote
from segue.types import GenreProbability

Genres = tuple[GenreProbability, ...]


def genres_of(heard: TrackOutput) -> Genres:
    """Return the genres, most likely first."""
    classes = heard.network.passport.classes
    probabilities = with_doubt(vote(np.concatenate(heard.chunks)), doubt_of(heard))
    order = np.argsort(-probabilities, kind="stable")
    return tuple(GenreProbability(classes[i], float(probabilities[i])) for i in order)


def distance(genres: Genres, column: list[Genres | None]) -> np.ndarray:
    """Return the square root of the Jensen-Shannon divergence in bits, ``(n,)`` in [0, 1].

    It is a metric: 0 for equal probabilities, 1 where no genre is possible in both (Lin 1991; Endres and Schindelin,
    "A new metric for probability distributions", 2003).
    """
    place = {one.genre: i for i, one in enumerate(genres)}
    p = np.array([one.probability for one in genres])
    q = np.full((len(column), len(place)), np.nan)
    for row, other in enumerate(column):
        if other is not None and len(other) == len(place):
            for one in other:
                q[row, place[one.genre]] = one.probability
    middle = (p + q) / 2.0
    divergence = (_information(p, middle) + _information(q, middle)) / 2.0
    return np.sqrt(np.clip(divergence, 0.0, 1.0))


def _information(p: np.ndarray, middle: np.ndarray) -> np.ndarray:
    """Return the Kullback-Leibler divergence of p from middle in bits, along the last axis."""
    p = np.broadcast_to(p, middle.shape)
    safe = np.where(p > 0.0, p / np.where(middle > 0.0, middle, 1.0), 1.0)
    return (p * np.log2(np.where(np.isnan(middle), np.nan, safe))).sum(axis=-1)


def _pack(genres: Genres) -> Any:
    return [[one.genre, float(one.probability)] for one in genres]


def _unpack(plain: Any) -> Genres:
    return tuple(GenreProbability(str(genre), float(probability)) for genre, probability in plain)


def _words(genres: Genres) -> str:
    return ", ".join(f"{one.genre} {one.probability:.0%}" for one in genres[:3])


GENRE = Facet(
    name="genre",
    version="1",
    source=FromNetwork(genres_of),
    stored=Json(_pack, _unpack),
    distance=distance,
    words=_words,
    document=lambda genres: [
        {"genre": one.genre, "probability": round(one.probability, 4)} for one in genres
    ],
)
