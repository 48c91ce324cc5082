"""Timeline: the likeliest genre of every chunk of about 5 s that the network heard."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from segue.facets.base import Facet, FromNetwork
from segue.facets.stored import Json
from segue.facets.track_output import TrackOutput
from segue.types import TimelineEntry

Timeline = tuple[TimelineEntry, ...]


def timeline_of(heard: TrackOutput) -> Timeline:
    """Return one entry per chunk, in order of time."""
    classes = heard.network.passport.classes
    timeline: list[TimelineEntry] = []
    for window, chunks in zip(heard.windows, heard.chunks, strict=True):
        edges_s = np.linspace(window.start_s, window.end_s, len(chunks) + 1)
        for chunk, start_s, end_s in zip(chunks, edges_s[:-1], edges_s[1:], strict=True):
            best = int(chunk.argmax())
            timeline.append(
                TimelineEntry(float(start_s), float(end_s), classes[best], float(np.exp(chunk[best])))
            )
    return tuple(timeline)


def distance(timeline: Timeline, column: list[Timeline | None]) -> np.ndarray:
    """Return how differently the time is shared out among leading genres, ``(n,)`` in [0, 1].

    It is the total variation distance of the genres' shares of the chunks: 0 where each genre leads equally long, 1
    where none leads in both.
    """
    own = _shares(timeline)
    found = np.full(len(column), np.nan)
    for row, other in enumerate(column):
        if other:
            shares = _shares(other)
            found[row] = sum(abs(own[genre] - shares[genre]) for genre in own.keys() | shares.keys()) / 2.0
    return found


def _shares(timeline: Timeline) -> Counter[str]:
    shares: Counter[str] = Counter()
    for entry in timeline:
        shares[entry.genre] += 1.0 / len(timeline)  # type: ignore[assignment]  # Counter of fractions
    return shares


def _pack(timeline: Timeline) -> Any:
    return [[float(e.start_s), float(e.end_s), e.genre, float(e.probability)] for e in timeline]


def _unpack(plain: Any) -> Timeline:
    return tuple(
        TimelineEntry(float(start_s), float(end_s), str(genre), float(probability))
        for start_s, end_s, genre, probability in plain
    )


def _words(timeline: Timeline) -> str:
    return ", ".join(f"{genre} {share:.0%} of the time" for genre, share in _shares(timeline).most_common(2))


TIMELINE = Facet(
    name="timeline",
    version="1",
    source=FromNetwork(timeline_of),
    stored=Json(_pack, _unpack),
    distance=distance,
    words=_words,
    document=lambda timeline: [
        {
            "start_s": round(e.start_s, 2),
            "end_s": round(e.end_s, 2),
            "genre": e.genre,
            "probability": round(e.probability, 4),
        }
        for e in timeline
    ],
)
