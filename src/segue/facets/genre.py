"""From windows to genres over time, genres of the whole, and an embedding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from segue.model.network import Network
from segue.model.vote import CHUNK_S, chunk_log_probabilities, chunks_in, vote
from segue.signal.noise import is_noise, is_still
from segue.signal.windows import Window
from segue.types import GenreProbability, TimelineEntry

# The network has learned from noise over all bands; what some other band-limited noise is to it (metal, at up to 0.75)
# is no knowledge, nor what a tone and its aliases are (classical, at up to 0.66). Four times the temperature makes
# 0.75 of ten genres 0.2.
_DOUBT_IN_NO_MUSIC = 4.0

# A second repeated five times is not five seconds of evidence. On cuts of GTZAN's validation part the best
# temperature, by likelihood, is 1.3 times the passport's at 0.5 s, 1.25 at 1 s, 1.15 at 2 s, 1.1 at 3 s: a power.
_DOUBT_BY_LENGTH = 0.15


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
        chunks = chunk_log_probabilities(heard.logits, n_chunks, _doubt(window) * temperature)
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


def _doubt(window: Window) -> float:
    """Return how many times the temperature of the vote rises: 1 for 5 s of music or more."""
    first, end = window.sounding
    sounding = window.mel[:, first:end]
    no_music = is_noise(sounding) or is_still(sounding)
    short = max(1.0, CHUNK_S / max(window.sounding_s, 1e-3))
    return short**_DOUBT_BY_LENGTH * (_DOUBT_IN_NO_MUSIC if no_music else 1.0)
