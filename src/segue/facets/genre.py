"""From windows to genres over time, genres of the whole, and an embedding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from segue.model.network import Heard, Network
from segue.model.passport import DoubtScale, TagScale
from segue.model.vote import CHUNK_S, chunk_log_probabilities, chunks_in, vote
from segue.signal.noise import is_noise, is_still
from segue.signal.windows import Window
from segue.types import GenreProbability, HeardTag, TimelineEntry

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
    unknown: bool = False  # unlike anything the model learned from
    tags: tuple[HeardTag, ...] = ()  # those above their thresholds, most certain first


def judge(windows: Sequence[Window], network: Network) -> Verdict:
    """Return what ``network`` makes of at least one window."""
    classes, temperature = network.passport.classes, network.passport.temperature
    timeline: list[TimelineEntry] = []
    votes: list[np.ndarray] = []
    heard_all: list[Heard] = []
    for window in windows:
        heard = network(window.mel)
        heard_all.append(heard)
        n_chunks = chunks_in(window.end_s - window.start_s)
        chunks = chunk_log_probabilities(heard.logits, n_chunks, _doubt(window) * temperature)
        votes.append(chunks)
        edges_s = np.linspace(window.start_s, window.end_s, n_chunks + 1)
        for chunk, start_s, end_s in zip(chunks, edges_s[:-1], edges_s[1:], strict=True):
            best = int(chunk.argmax())
            timeline.append(
                TimelineEntry(float(start_s), float(end_s), classes[best], float(np.exp(chunk[best])))
            )
    probabilities, unknown = with_doubt(
        vote(np.concatenate(votes)), [heard.familiarity for heard in heard_all], network.passport.doubt
    )
    order = np.argsort(-probabilities, kind="stable")
    genres = tuple(GenreProbability(classes[i], float(probabilities[i])) for i in order)
    embedding = network.unit_embedding(np.stack([heard.embedding for heard in heard_all]))
    tags = clear_tags(np.mean([heard.tags for heard in heard_all], axis=0), network.passport.tags)
    return Verdict(genres, tuple(timeline), embedding, unknown, tags)


def with_doubt(
    probabilities: np.ndarray, familiarity: Sequence[float | None], scale: DoubtScale | None
) -> tuple[np.ndarray, bool]:
    """Return probabilities ``(n_classes,)`` with "none of these" spread evenly over all, and whether it prevails.

    ``familiarity`` is that of each window; nothing changes where the model has no scale for it.
    """
    known = [value for value in familiarity if value is not None]
    if scale is None or not known:
        return probabilities, False
    entropy = float(-(probabilities * np.log(np.maximum(probabilities, 1e-12))).sum())
    odds = scale.bias + scale.entropy * entropy + scale.familiarity * float(np.mean(known))
    doubt = 1.0 / (1.0 + np.exp(-odds))
    return (1.0 - doubt) * probabilities + doubt / len(probabilities), bool(doubt >= scale.threshold)


def clear_tags(probabilities: np.ndarray, scales: Sequence[TagScale]) -> tuple[HeardTag, ...]:
    """Return the tags whose probability ``(n_tags,)`` reaches their threshold, furthest above it first."""
    heard = [
        (float(p) / scale.threshold, HeardTag(scale.name, float(p)))
        for p, scale in zip(probabilities, scales, strict=True)
        if p >= scale.threshold
    ]
    return tuple(tag for _, tag in sorted(heard, key=lambda pair: -pair[0]))


def _doubt(window: Window) -> float:
    """Return how many times the temperature of the vote rises: 1 for 5 s of music or more."""
    first, end = window.sounding
    sounding = window.mel[:, first:end]
    no_music = is_noise(sounding) or is_still(sounding)
    short = max(1.0, CHUNK_S / max(window.sounding_s, 1e-3))
    return short**_DOUBT_BY_LENGTH * (_DOUBT_IN_NO_MUSIC if no_music else 1.0)
