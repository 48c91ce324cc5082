"""The data a model was trained on, found again, and what the evaluated tracks share with it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import partial

from segue.errors import DatasetError, TrainingError
from segue.model.passport import Passport
from segue.research.audit.recordings import groups_by_sound
from segue.research.datasets.dataset import Dataset
from segue.research.datasets.hashes import with_hashes
from segue.research.datasets.index import sha256_of_ids
from segue.research.datasets.leaks import find_leaks
from segue.research.datasets.loose_index import LooseIndex
from segue.research.datasets.protocols import ChunkSplit, Split
from segue.research.datasets.spectrograms import spectrograms
from segue.research.leaks import LeakVerdict, gather_copies, verdict
from segue.research.training.material import material
from segue.service.scan import Progress


def training_split(
    passport: Passport, dataset: Dataset, progress: Progress | None = None
) -> Split | ChunkSplit | None:
    """Return the split that a model without its run was trained under, found again by its passport.

    None where the passport names another dataset, does not say, or the training ids it gives a hash of are
    others than those the protocol gives here.
    """
    said = passport.record.get("trained_on", {})
    if str(said.get("dataset", "")).casefold() != dataset.name.casefold() or "split" not in said:
        return None
    config = passport.record.get("config", {})
    try:
        split = material(
            dataset,
            said["split"],
            int(said.get("split_seed", 0)),
            fold=int(config.get("fold", 0)),
            by_sound=partial(groups_by_sound, progress=progress),
        ).split
        train = {i for i, _ in split.train} if isinstance(split, ChunkSplit) else set(split.train)
        readable = spectrograms(dataset, tuple(sorted(train))).ids
    except (DatasetError, TrainingError):
        return None
    same = said.get("ids_sha256") in (sha256_of_ids(readable), sha256_of_ids(train))
    return split if same else None


def ids_in(split: Split | ChunkSplit) -> frozenset[str]:
    """Return the ids of all tracks in any part of ``split``."""
    if isinstance(split, ChunkSplit):
        return frozenset(track_id for track_id, _ in (*split.train, *split.test))
    return frozenset((*split.train, *split.valid, *split.test))


def leak_verdict(
    dataset: Dataset,
    learned: Split | ChunkSplit | None,
    asked_ids: Collection[str],
    asked: Split | ChunkSplit,
    progress: Progress | None = None,
) -> LeakVerdict:
    """Return what the tracks asked about share with what was learned from; see segue.research.leaks.

    ``learned`` None says that nobody knows what that was: then nothing can be called leak-free.
    """
    if learned is None:
        unknown = "what the model learned from is not known here, so nothing could be compared with it"
        return LeakVerdict(None, unchecked=(unknown,))
    both = _facing(learned, asked_ids, asked)
    in_split = ids_in(both)
    inside = tuple(track for track in dataset.tracks if track.track_id in in_split)
    others = tuple(track for track in dataset.tracks if track.track_id not in in_split)
    tracks = (*with_hashes(replace(dataset, tracks=inside)).tracks, *others)
    copies, unchecked = gather_copies(LooseIndex(tracks, None, dataset.archive, dataset=dataset), progress)
    return verdict(find_leaks(tracks, both, copies), unchecked)


def _facing(
    learned: Split | ChunkSplit, asked_ids: Collection[str], asked: Split | ChunkSplit
) -> Split | ChunkSplit:
    """One split with what was learned from on one side and what is asked on the other."""
    if isinstance(learned, ChunkSplit):
        own = asked.test if isinstance(asked, ChunkSplit) else [(i, 0) for i in asked_ids]
        chosen = [(track_id, number) for track_id, number in own if track_id in asked_ids]
        return ChunkSplit(learned.protocol, learned.seed, learned.train, tuple(chosen))
    same_parts = replace(asked, seed=learned.seed) == learned  # the seed of a published split changes nothing
    valid = tuple(sorted(set(learned.valid) - set(asked_ids))) if same_parts else learned.valid
    return Split(learned.protocol, learned.seed, learned.train, valid, tuple(sorted(asked_ids)))
