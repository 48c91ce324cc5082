"""A model's predictions for the tracks of one part of a dataset, by the vote that `segue genres` takes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from segue.errors import DatasetError
from segue.model.network import MIN_PICKS, Network
from segue.model.vote import chunk_log_probabilities, vote
from segue.research.datasets.dataset import Dataset
from segue.research.datasets.names import artist_groups
from segue.research.datasets.protocols import ChunkSplit, Split
from segue.research.datasets.spectrograms import Spectrograms, spectrograms
from segue.research.training.score import CLIP_CHUNKS
from segue.signal.front_end import MEL128_V1
from segue.types import Failure

CHUNK_STEP_S = 3.0  # chunks of 5 s overlap by 2 s, as in the report


@dataclass(frozen=True, slots=True)
class EvaluationTracks:
    """Tracks to predict the genre of, with a spectrogram each; row i of each field is one track.

    ``chunks`` are the numbers of the chunks of each track that may be used; None: the whole track.
    ``failures`` could not be read, ``unknown`` ids have a label that the model has no class for, ``excluded`` ids
    were to be left out.
    """

    ids: tuple[str, ...]
    mel: np.ndarray  # uint8 (n, 128, 387)
    truth: np.ndarray  # int64 (n,), class numbers
    clusters: tuple[str, ...]  # one name that tracks tied by an artist share; an unknown artist stands alone
    chunks: tuple[tuple[int, ...], ...] | None
    failures: tuple[Failure, ...]
    unknown: tuple[str, ...]
    excluded: tuple[str, ...] = ()


def read_tracks(
    dataset: Dataset,
    split: Split | ChunkSplit,
    part: str,
    classes: Sequence[str],
    excluded: Collection[str] = frozenset(),
) -> EvaluationTracks:
    """Return the tracks of ``part`` of ``split`` but those ``excluded``.

    Raises DatasetError (``nothing-to-score``) where no track has both a known label and a readable spectrogram.
    """
    chunks_of: dict[str, list[int]] = {}
    for member in getattr(split, part, ()):
        track_id, *number = member if isinstance(split, ChunkSplit) else (member,)
        chunks_of.setdefault(track_id, []).extend(number)
    left_out = tuple(track_id for track_id in chunks_of if track_id in excluded)
    for track_id in left_out:
        del chunks_of[track_id]
    number_of = {name: n for n, name in enumerate(classes)}
    there = set(dataset.ids)
    gone = [Failure(i, "open", "The dataset does not have it any more.") for i in chunks_of if i not in there]
    tracks = dataset.select(tuple(i for i in chunks_of if i in there))
    nameable = tuple(track.track_id for track in tracks if track.label in number_of)
    read = spectrograms(dataset, nameable) if nameable else Spectrograms(np.empty(0), (), ())
    if not read.ids:
        raise DatasetError(
            f"No track of the {part} part of {split.protocol} can be scored: of {len(tracks)} tracks "
            f"{len(nameable)} have a label the model knows ({', '.join(classes)}), and none of those can be read.",
            code="nothing-to-score",
        )
    known = dataset.select(read.ids)
    return EvaluationTracks(
        ids=read.ids,
        mel=read.mel,
        truth=np.array([number_of[track.label or ""] for track in known], dtype=np.int64),
        clusters=artist_groups(known),
        chunks=tuple(tuple(chunks_of[i]) for i in read.ids) if isinstance(split, ChunkSplit) else None,
        failures=(*gone, *read.failures),
        unknown=tuple(track.track_id for track in tracks if track.label not in number_of),
        excluded=left_out,
    )


def predict(network: Network, tracks: EvaluationTracks) -> np.ndarray:
    """Return class probabilities of each track, float64 ``(n, n_classes)``."""
    temperature = network.passport.temperature
    rows = []
    for row, mel in enumerate(tracks.mel):
        clip = mel.astype(np.float32) / 255.0
        if tracks.chunks is None:
            votes = chunk_log_probabilities(network(clip).logits, CLIP_CHUNKS, temperature)
        else:
            votes = np.concatenate(
                [
                    chunk_log_probabilities(network(_cut(clip, number)).logits, 1, temperature)
                    for number in tracks.chunks[row]
                ]
            )
        rows.append(vote(votes))
    return np.stack(rows)


def _cut(clip: np.ndarray, number: int) -> np.ndarray:
    """The frames of one chunk; beyond the clip's end stands silence."""
    start = int(number * CHUNK_STEP_S / MEL128_V1.pick_s)
    chunk = clip[:, start : start + MIN_PICKS]
    return np.pad(chunk, ((0, 0), (0, MIN_PICKS - chunk.shape[1])))
