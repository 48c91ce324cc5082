"""What a run learns from and is judged on: a dataset under a protocol, opened part by part."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from segue.copies.spectral import copies_in
from segue.errors import DatasetError, TrainingError
from segue.research.datasets.dataset import Dataset
from segue.research.datasets.exclusions import Exclusions
from segue.research.datasets.hashes import with_hashes
from segue.research.datasets.names import artist_groups
from segue.research.datasets.protocols import CHUNK_PROTOCOLS, ChunkSplit, Split, split_pooled, split_tracks
from segue.research.datasets.spectrograms import spectrograms
from segue.types import Failure

_TEACHER_FILE = "openl3_512_without_test.npz"
N_FOLDS = 5
N_CHUNKS = 10  # in a clip of 30 s, 5 s each, overlapping by 2 s
_PUBLISHED = "fault-filtered"
_APART = ("strict", "artist-kfold")  # where copies of a recording stay on one side


@dataclass(frozen=True, slots=True)
class Part:
    """Clips that have a spectrogram; row i of each array is ``ids[i]``."""

    name: str
    ids: tuple[str, ...]
    mel: np.ndarray  # uint8 (n, 128, 387), 0..255 for the clip's own minimum..maximum
    labels: np.ndarray  # int64 (n,), index into Material.classes
    groups: tuple[str, ...]  # one name that clips tied by an artist share; an unknown artist stands alone


@dataclass(frozen=True, slots=True)
class Material:
    """A dataset and how it is divided; spectrograms are read when a part is asked for.

    ``exclusions`` is the list by which tracks were left out, where there was one.
    """

    dataset: Dataset
    split: Split | ChunkSplit
    classes: tuple[str, ...]
    exclusions: Exclusions | None = None

    def ids_of(self, part: str) -> tuple[str, ...]:
        """Ids of the clips in ``part`` ("train", "valid" or "test"), readable or not, sorted."""
        if isinstance(self.split, ChunkSplit):
            chunks = {"train": self.split.train, "valid": (), "test": self.split.test}[part]
            return tuple(sorted({track_id for track_id, _ in chunks}))
        ids: tuple[str, ...] = getattr(self.split, part)
        return ids

    def part(self, name: str) -> tuple[Part, tuple[Failure, ...]]:
        """Return the clips of a part that can be read, and what could not be."""
        heard = spectrograms(self.dataset, self.ids_of(name))
        tracks = self.dataset.select(heard.ids)
        labels = np.array([self.classes.index(t.label or "") for t in tracks], dtype=np.int64)
        return Part(name, heard.ids, heard.mel, labels, artist_groups(tracks)), heard.failures

    def teacher_embeddings(self, part: Part) -> np.ndarray | None:
        """Return float32 ``(n, 512)``, OpenL3's mean embedding (Cramer et al. 2019) of each clip of ``part``.

        None where the dataset has none, or lacks one of these clips: no clip of GTZAN's published test
        part is among them. Raises DatasetError for the test part, of which no teacher may speak.
        """
        if part.name == "test":
            raise DatasetError(
                "There are no teacher embeddings of the test part, and there must be none.",
                code="teacher-of-test",
            )
        path = self.dataset.root / _TEACHER_FILE
        if not path.is_file():
            return None
        with np.load(path, allow_pickle=False) as archive:
            row_of = {str(track_id): row for row, track_id in enumerate(archive["track_id"])}
            if not all(track_id in row_of for track_id in part.ids):
                return None
            found: np.ndarray = archive["embedding"][[row_of[i] for i in part.ids]].astype(np.float32)
            return found

    def to_dict(self) -> dict[str, object]:
        """Return who is in which part, as plain JSON values: what `segue evaluate` reads of a run."""
        parts = {name: list(getattr(self.split, name, ())) for name in ("train", "valid", "test")}
        left_out = {"exclusions": self.exclusions.to_dict()} if self.exclusions else {}
        return {
            "dataset": self.dataset.name,
            "data": str(self.dataset.root.resolve()),
            "protocol": self.split.protocol,
            "seed": self.split.seed,
            "classes": list(self.classes),
            **parts,
            **left_out,
        }


def material(
    dataset: Dataset,
    protocol: str,
    seed: int,
    *,
    fold: int = 0,
    excluded: Collection[str] = frozenset(),
    near_copies: bool = True,
    by_sound: Callable[[Dataset], Iterable[Collection[str]]] = lambda _: (),
) -> Material:
    """Return ``dataset`` divided as ``protocol`` says; "auto" is fault-filtered where that is published, else artist-kfold
    with the first fold from ``fold`` on that leaves something of every label to learn from.

    ``excluded`` clips are in no part, nor are those without a label. For the protocols that keep recordings together, ``near_copies`` looks for them
    in the mel archive, where there is one (8 CPU seconds for 1,000 clips), else asks ``by_sound`` for groups of ids that
    are one recording (see segue.research.audit.recordings). Protocols of chunks pool the clips that
    can be read. Raises DatasetError as `split_tracks` does, TrainingError where
    there are fewer than two labels, or nothing to learn one of them from.
    """
    folds: Sequence[int] = (fold,)
    if protocol == "auto":
        published = any(t.part_of(_PUBLISHED) for t in dataset.tracks if t.label is not None)
        protocol = _PUBLISHED if published else "artist-kfold"
        folds = [(fold + turn) % N_FOLDS for turn in range(N_FOLDS)]
    if len(dataset.classes) < 2:
        raise TrainingError(
            f"{dataset.root} has {len(dataset.classes)} label; genres need at least two folders to tell apart.",
            code="too-few-labels",
        )
    split: Split | ChunkSplit
    if protocol in CHUNK_PROTOCOLS:
        split = split_pooled(
            dataset.tracks,
            protocol,
            seed,
            n_chunks=N_CHUNKS,
            readable=lambda ids: spectrograms(dataset, ids).ids,
            excluded=excluded,
        )
    else:
        if protocol in _APART:
            # An index of one's own files has no hashes yet, and a copy must not be on two sides.
            dataset = with_hashes(dataset)
        alike: list[Collection[str]] = list(dataset.copies)
        if near_copies and protocol in _APART and dataset.archive is not None:
            heard = spectrograms(dataset)
            alike += copies_in(heard.mel, heard.ids)
        elif near_copies and protocol in _APART:
            alike += by_sound(dataset)
        divisions = [
            split_tracks(
                dataset.tracks, protocol, seed, fold=k, n_folds=N_FOLDS, excluded=excluded, copies=alike
            )
            for k in folds
        ]
        split = min(divisions, key=lambda found: len(_untaught(dataset, found)))  # the first of the best
        untaught = _untaught(dataset, split)
        if untaught:
            raise TrainingError(
                f"Under {protocol} there is nothing to learn {untaught[0]!r} from, since all its tracks that may be used "
                "are by the same few artists; add other artists, or choose another --protocol or --seed.",
                code="nothing-to-learn",
            )
    return Material(dataset, split, dataset.classes)


def _untaught(dataset: Dataset, split: Split) -> list[str]:
    """The labels of which no track is learned from."""
    taught = {track.label for track in dataset.select(split.train)}
    return [name for name in dataset.classes if name not in taught]
