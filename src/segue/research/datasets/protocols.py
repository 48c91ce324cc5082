"""How a dataset is divided into what is learned from and what is asked: protocols, each a value with a name.

The same network scores very differently under each of them, so no score is one without its protocol's name.

=================== ==============================================================================================
``chunk-random``    the chunks of all clips pooled, 75 to 25: a clip is learned from *and* asked (leaky)
``size-matched-leaky`` as chunk-random, over the clips and with the sizes of the fault-filtered train and test parts
``track-random``    tracks 75 to 25 at random, label by label, whoever made them (leaky: artists, copies)
``fault-filtered``  GTZAN's published parts of 443, 197 and 290 clips (Kereliuk, Sturm and Larsen 2015)
``strict``          fault-filtered, and no artist and no recording on two sides
``artist-kfold``    k folds; an artist's tracks and a recording's copies stay together
=================== ==============================================================================================

``split_tracks`` also takes the name of any other split an index publishes. The random protocols have no
validation part: train for a number of epochs fixed beforehand.

A track without a label is in no part of anything: there is nothing to learn from it and nothing to ask about it.
That is decided here and nowhere else, so that whoever divides an index divides it alike.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from segue.copies.groups import groups_of
from segue.errors import DatasetError
from segue.research.datasets.index import Track
from segue.research.datasets.split_groups import SplitGroup, split_groups

CHUNK_PROTOCOLS = ("chunk-random", "size-matched-leaky")
TRACK_PROTOCOLS = ("track-random", "fault-filtered", "strict", "artist-kfold")
PROTOCOLS = (
    "chunk-random",
    "track-random",
    "fault-filtered",
    "strict",
    "artist-kfold",
    "size-matched-leaky",
)

_FILTERED = "fault-filtered"
_OF_FILTERED = (_FILTERED, "strict", "size-matched-leaky")  # what can be had only where that is published
_TEST_SHARE = 0.25  # the report's


@dataclass(frozen=True, slots=True)
class Split:
    """Track ids by part, each sorted; ``valid`` is empty where the protocol has no validation part."""

    protocol: str
    seed: int
    train: tuple[str, ...]
    valid: tuple[str, ...]
    test: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChunkSplit:
    """Chunks by part, each ``(track id, number of the chunk in its track from 0)``, sorted."""

    protocol: str
    seed: int
    train: tuple[tuple[str, int], ...]
    test: tuple[tuple[str, int], ...]


def split_tracks(
    tracks: Sequence[Track],
    protocol: str,
    seed: int = 0,
    *,
    fold: int = 0,
    n_folds: int = 5,
    excluded: Collection[str] = frozenset(),
    copies: Iterable[Collection[str]] = (),
) -> Split:
    """Return the parts of ``tracks`` under a protocol of whole tracks, or under a split the index publishes.

    ``excluded`` ids and tracks without a label are in no part. ``copies`` are groups of ids that are one recording, besides what file
    hashes, artists and titles of the index already say; they matter to ``strict`` and ``artist-kfold``.
    ``fold`` and ``n_folds`` are for ``artist-kfold``: fold ``fold`` is the test part, the next one
    the validation part. ``seed`` changes nothing where the split is published.

    Raises DatasetError for an unknown protocol, one of chunks, ids that occur twice, a split the index does not
    publish, or a fold that does not exist.
    """
    ids = [track.track_id for track in tracks]
    if len(set(ids)) < len(ids):
        twice = next(track_id for track_id, n in Counter(ids).items() if n > 1)
        raise DatasetError(
            f"The index names {twice} twice; give each track an id of its own.", code="duplicate-track"
        )
    if protocol in CHUNK_PROTOCOLS:
        raise DatasetError(
            f"The protocol {protocol} divides chunks, not tracks; choose {_or(TRACK_PROTOCOLS)}.",
            code="wrong-protocol",
        )
    tracks = sorted(tracks, key=lambda track: track.track_id)
    kept = _labelled(tracks, excluded)
    if protocol == "track-random":
        return _track_random(kept, seed)
    if protocol == "artist-kfold":
        return _artist_kfold(kept, split_groups(tracks, copies), seed, fold, n_folds)
    if protocol == "strict":
        return _strict(_published(kept, _FILTERED, seed, asked=protocol), split_groups(tracks, copies))
    return _published(kept, protocol, seed)


def split_pooled(
    tracks: Sequence[Track],
    protocol: str,
    seed: int = 0,
    *,
    n_chunks: int,
    readable: Callable[[tuple[str, ...]], Sequence[str]],
    excluded: Collection[str] = frozenset(),
) -> ChunkSplit:
    """Return the parts of ``tracks`` under a protocol of chunks, ``n_chunks`` of each track.

    ``readable`` returns those of some ids that have audio or a spectrogram: what cannot be read has no chunks.
    ``excluded`` ids and tracks without a label are in no part.

    Raises DatasetError as `split_tracks` and `split_chunks` do.
    """
    if protocol == "size-matched-leaky":
        published = split_tracks(tracks, _FILTERED, excluded=excluded)
        train = readable(published.train)
        pooled = (*train, *readable(published.test))
        return split_chunks(pooled, n_chunks, protocol, seed, n_train=len(train) * n_chunks)
    ids = tuple(track.track_id for track in _labelled(tracks, excluded))
    return split_chunks(readable(ids), n_chunks, protocol, seed)


def split_chunks(
    ids: Sequence[str], n_chunks: int, protocol: str, seed: int = 0, n_train: int | None = None
) -> ChunkSplit:
    """Return the chunks 0 to ``n_chunks - 1`` of each of ``ids``, pooled and divided at random.

    ``n_train`` chunks are learned from; by default all but a quarter, rounded up for the test part as
    scikit-learn does. Give the readable clips only: what has no audio has no chunks. For
    ``size-matched-leaky`` give the clips of the fault-filtered training and test parts and, as ``n_train``,
    the chunks of the former.

    Raises DatasetError for a protocol of whole tracks, ids that occur twice, or too few chunks for ``n_train``.
    """
    if protocol not in CHUNK_PROTOCOLS:
        raise DatasetError(
            f"The protocol {protocol} does not divide chunks; choose {_or(CHUNK_PROTOCOLS)}.",
            code="wrong-protocol",
        )
    if len(set(ids)) < len(ids):
        raise DatasetError(
            "An id occurs twice among those whose chunks are to be divided.", code="duplicate-track"
        )
    chunks = [(track_id, chunk) for track_id in sorted(ids) for chunk in range(n_chunks)]
    if n_train is None:
        n_train = len(chunks) - ceil(_TEST_SHARE * len(chunks))
    if not 0 <= n_train <= len(chunks):
        raise DatasetError(
            f"{n_train} chunks to learn from cannot be taken out of {len(chunks)}.", code="too-few-chunks"
        )
    order = np.random.default_rng(seed).permutation(len(chunks))
    train, test = (tuple(sorted(chunks[i] for i in rows)) for rows in (order[:n_train], order[n_train:]))
    return ChunkSplit(protocol, seed, train, test)


def _labelled(tracks: Sequence[Track], excluded: Collection[str]) -> list[Track]:
    """What may be in a part at all."""
    return [track for track in tracks if track.label is not None and track.track_id not in excluded]


def _published(tracks: Sequence[Track], name: str, seed: int, asked: str | None = None) -> Split:
    """The published split ``name``; ``asked`` is the protocol that is made of it, if that is another."""
    parts: dict[str, list[str]] = {"train": [], "valid": [], "test": []}
    for track in tracks:
        if (part := track.part_of(name)) in parts:
            parts[part].append(track.track_id)
    if not parts["test"]:
        published = {split for track in tracks for split, part in track.splits if part == "test"}
        known = [p for p in PROTOCOLS if p not in _OF_FILTERED or _FILTERED in published]
        choices = _or(tuple(dict.fromkeys((*sorted(published), *known))))
        if asked is not None:
            raise DatasetError(
                f"{asked} needs the published split {name}, which this index does not have; choose {choices}.",
                code="no-such-split",
            )
        also = f", which {_or(_OF_FILTERED[1:], 'and')} need too" if name == _FILTERED else ""
        raise DatasetError(
            f"The index publishes no split named {name}{also}; choose {choices}.", code="no-such-split"
        )
    return Split(name, seed, *map(tuple, parts.values()))


def _strict(split: Split, groups_of_track: dict[str, frozenset[SplitGroup]]) -> Split:
    """The test part stays whole, so that scores are paired with the fault-filtered ones. Between
    training and validation whoever has fewer clips of an artist loses them, validation where they are equal."""
    in_test = frozenset().union(*(groups_of_track[track_id] for track_id in split.test))
    train = {track_id for track_id in split.train if not groups_of_track[track_id] & in_test}
    valid = {track_id for track_id in split.valid if not groups_of_track[track_id] & in_test}
    for group in sorted({group for track_id in valid for group in groups_of_track[track_id]}):
        learned = {track_id for track_id in train if group in groups_of_track[track_id]}
        checked = {track_id for track_id in valid if group in groups_of_track[track_id]}
        if learned and checked:
            train, valid = (
                (train - learned, valid) if len(learned) < len(checked) else (train, valid - checked)
            )
    return Split("strict", split.seed, tuple(sorted(train)), tuple(sorted(valid)), split.test)


def _track_random(tracks: Sequence[Track], seed: int) -> Split:
    rng = np.random.default_rng(seed)
    of_label: defaultdict[str, list[str]] = defaultdict(list)
    for track in tracks:
        of_label[track.label or ""].append(track.track_id)
    train: list[str] = []
    test: list[str] = []
    for _, ids in sorted(of_label.items()):
        shuffled = [ids[i] for i in rng.permutation(len(ids))]
        n_test = round(_TEST_SHARE * len(ids))
        test += shuffled[:n_test]
        train += shuffled[n_test:]
    return Split("track-random", seed, tuple(sorted(train)), (), tuple(sorted(test)))


def _artist_kfold(
    tracks: Sequence[Track],
    groups_of_track: dict[str, frozenset[SplitGroup]],
    seed: int,
    fold: int,
    n_folds: int,
) -> Split:
    """Families of tracks go whole, the largest first, to the fold that has least of their labels: the
    greedy way of keeping the sum of squares of the folds' label shares small."""
    if n_folds < 3 or not 0 <= fold < n_folds:
        raise DatasetError(
            f"There is no fold {fold} of {n_folds}; take at least 3 folds, counted from 0.",
            code="no-such-fold",
        )
    ids = [track.track_id for track in tracks]
    first_with: dict[SplitGroup, int] = {}
    pairs = [
        (first_with.setdefault(b, row), row) for row, i in enumerate(ids) for b in sorted(groups_of_track[i])
    ]
    families: defaultdict[int, list[int]] = defaultdict(list)
    for row, first in enumerate(groups_of(len(ids), pairs)):
        families[first].append(row)
    labels = sorted({track.label or "" for track in tracks})
    label_of = np.array([labels.index(track.label or "") for track in tracks], dtype=int)
    n_of_label = np.bincount(label_of, minlength=len(labels))
    held = np.zeros((n_folds, len(labels)))
    fold_of = np.zeros(len(ids), dtype=int)
    everyone = list(families.values())
    shuffled = [everyone[i] for i in np.random.default_rng(seed).permutation(len(everyone))]
    for rows in sorted(shuffled, key=len, reverse=True):
        counts = np.bincount(label_of[rows], minlength=len(labels))
        crowded = (held * counts / n_of_label.clip(1) ** 2).sum(axis=1)
        best = int(np.lexsort((held.sum(axis=1), crowded))[0])
        held[best] += counts
        fold_of[rows] = best
    test, valid = fold_of == fold, fold_of == (fold + 1) % n_folds
    chosen = (~test & ~valid, valid, test)
    parts = [tuple(ids[row] for row in np.flatnonzero(rows)) for rows in chosen]
    return Split("artist-kfold", seed, *parts)


def _or(names: Sequence[str], word: str = "or") -> str:
    return f"{', '.join(names[:-1])} {word} {names[-1]}"
