"""From windows to genres over time, genres of the whole, and an embedding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from segue.analysis.noise import is_noise
from segue.features.windows import Window
from segue.model.network import Network
from segue.model.vote import chunk_log_probabilities, chunks_in, vote
from segue.types import GenreProbability, TimelineEntry

# The network has learned from noise over all bands; what some other band-limited noise is to it (metal, at up to 0.75)
# is no knowledge. Four times the temperature makes 0.75 of ten genres 0.2.
_DOUBT_IN_NOISE = 4.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Genres sorted by probability, the likeliest per chunk in order of time, and the unit embedding."""

    genres: tuple[GenreProbability, ...]
    timeline: tuple[TimelineEntry, ...]
    embedding: np.ndarray


def judge(windows: Sequence[Window], network: Network) -> Verdict:
    """Return what ``network`` makes of at least one window."""
    classes, temperature = network.passport.classes, network.passport.temperature
    timeline: list[TimelineEntry] = []
    votes: list[np.ndarray] = []
    embeddings: list[np.ndarray] = []
    for window in windows:
        heard = network(window.mel)
        embeddings.append(heard.embedding)
        n_chunks = chunks_in(window.end_s - window.start_s)
        doubt = _DOUBT_IN_NOISE if is_noise(window.mel) else 1.0
        chunks = chunk_log_probabilities(heard.logits, n_chunks, doubt * temperature)
        votes.append(chunks)
        edges_s = np.linspace(window.start_s, window.end_s, n_chunks + 1)
        for chunk, start_s, end_s in zip(chunks, edges_s[:-1], edges_s[1:], strict=True):
            best = int(chunk.argmax())
            timeline.append(
                TimelineEntry(float(start_s), float(end_s), classes[best], float(np.exp(chunk[best])))
            )
    probabilities = vote(np.concatenate(votes))
    order = np.argsort(-probabilities, kind="stable")
    genres = tuple(GenreProbability(classes[i], float(probabilities[i])) for i in order)
    return Verdict(genres, tuple(timeline), network.unit_embedding(np.stack(embeddings)))
