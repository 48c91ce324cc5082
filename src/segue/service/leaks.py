"""Whether a dataset's split is free of leaks, and what could not be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from segue.datasets.index import Track
from segue.datasets.kinship import Alike
from segue.datasets.leaks import Leaks, find_leaks, joined
from segue.datasets.loose_index import LooseIndex, read_loose_index
from segue.datasets.mel_archive import read_mel_archive
from segue.datasets.near_copies import copies_in
from segue.datasets.protocols import CHUNK_PROTOCOLS, ChunkSplit, Split, split_chunks, split_tracks
from segue.errors import DatasetError

CHUNKS_PER_CLIP = 10  # of 5 s, overlapping by 2 s, in 30 s: the report's
N_FOLDS = 5


def leaks_document(name: str, directory: Path, protocol: str, seed: int = 0) -> dict[str, Any]:
    """Return who leaks into the test part of dataset ``name`` in ``directory`` under ``protocol``.

    ``artists`` are names, ``recordings`` groups of ids with the reasons they are believed to be one, ``tracks``
    the ids of the test part that share any of these with training or validation. ``leak_free`` is True where
    nothing was found and everything was looked at, None where nothing was found but something could not be
    looked at (``unchecked`` says what), else False. Of ``artist-kfold`` all five folds are checked.

    Raises DatasetError where there is no index, or it cannot be divided as the protocol says.
    """
    index = read_loose_index(name, directory)
    copies, readable, unchecked = gather_copies(index)
    groups = [one.ids for one in copies]
    if protocol in CHUNK_PROTOCOLS:
        splits: list[Split | ChunkSplit] = [_chunks(index.tracks, readable, protocol, seed)]
    elif protocol == "artist-kfold":
        splits = [
            split_tracks(index.tracks, protocol, seed, fold=fold, n_folds=N_FOLDS, copies=groups)
            for fold in range(N_FOLDS)
        ]
    else:
        splits = [split_tracks(index.tracks, protocol, seed, copies=groups)]
    leaks = joined([find_leaks(index.tracks, split, copies) for split in splits])
    nameless = sum(not track.artists for track in index.tracks)
    return {
        "protocol": protocol,
        "dataset": name,
        "seed": seed,
        **verdict(leaks, unchecked),
        "artist_unknown": nameless,
        "remarks": list(index.remarks),
    }


def verdict(leaks: Leaks, unchecked: Sequence[str]) -> dict[str, Any]:
    """Return what was found, and whether that may be called leak-free, as plain JSON values."""
    return {
        "leak_free": False if leaks else None if unchecked else True,
        "artists": list(leaks.artists),
        "recordings": [{"tracks": list(r.ids), "reasons": list(r.reasons)} for r in leaks.recordings],
        "tracks": list(leaks.tracks),
        "validation_tracks": list(leaks.validation),
        "unchecked": list(unchecked),
    }


def gather_copies(index: LooseIndex) -> tuple[list[Alike], frozenset[str] | None, list[str]]:
    """Return what is one recording beyond the index, the ids with a spectrogram (None: no archive), and what could not be checked."""
    unchecked = []
    copies = [Alike("listed as byte-identical", ids) for ids in index.duplicates or ()]
    if index.duplicates is None and not any(track.sha256 for track in index.tracks):
        unchecked.append("files: there are neither hashes in the index nor a list of duplicates")
    if not any(track.artists for track in index.tracks):
        unchecked.append("artists: the index names none")
    readable = None
    if index.archive is None:
        unchecked.append("near copies: there is no mel archive to compare")
    else:
        try:
            archive = read_mel_archive(index.archive)
        except DatasetError as error:
            unchecked.append(f"near copies: {error}")
        else:
            readable = frozenset(archive.ids)
            copies += [Alike("near copy by its sound", pair) for pair in copies_in(archive.mel, archive.ids)]
    return copies, readable, unchecked


def _chunks(tracks: Sequence[Track], readable: frozenset[str] | None, protocol: str, seed: int) -> ChunkSplit:
    def with_chunks(ids: Sequence[str]) -> list[str]:
        return [i for i in ids if readable is None or i in readable]

    if protocol == "chunk-random":
        return split_chunks(with_chunks([t.track_id for t in tracks]), CHUNKS_PER_CLIP, protocol, seed)
    published = split_tracks(tracks, "fault-filtered")
    train, test = with_chunks(published.train), with_chunks(published.test)
    return split_chunks([*train, *test], CHUNKS_PER_CLIP, protocol, seed, len(train) * CHUNKS_PER_CLIP)
