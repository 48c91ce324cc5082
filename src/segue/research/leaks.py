"""Whether a dataset's split is free of leaks, and what could not be looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segue.copies.spectral import copies_in
from segue.encode import document
from segue.errors import DatasetError
from segue.research.audit.recordings import NEAR_COPY, copies_by_sound
from segue.research.catalogue import workers
from segue.research.datasets.index import NameSource, name_sources
from segue.research.datasets.leaks import Leaks, SharedNames, SharedRecording, find_leaks, joined
from segue.research.datasets.loose_index import LooseIndex, read_loose_index
from segue.research.datasets.mel_archive import read_mel_archive
from segue.research.datasets.protocols import CHUNK_PROTOCOLS, ChunkSplit, Split, split_pooled, split_tracks
from segue.research.datasets.spectrograms import spectrograms
from segue.research.datasets.split_groups import SameRecording
from segue.service.scan import Progress

CHUNKS_PER_CLIP = 10  # of 5 s, overlapping by 2 s, in 30 s: the report's
N_FOLDS = 5


def dataset_leaks(
    name: str, directory: Path, protocol: str, seed: int = 0, progress: Progress | None = None
) -> LeakReport:
    """Return what leaks into the test part of dataset ``name`` in ``directory`` under ``protocol``.

    Of ``artist-kfold`` all five folds are checked. The split is the one that training makes with this protocol and
    seed; for a protocol of chunks every file is decoded for that, since one that cannot be decoded has no chunks.

    Raises DatasetError where there is no index, or it cannot be divided as the protocol says.
    """
    index = read_loose_index(name, directory)
    _refuse_at_once(index, protocol, seed)
    copies, unchecked = gather_copies(index, progress)
    splits = divided(index, copies, protocol, seed)
    leaks = joined([find_leaks(index.tracks, split, copies) for split in splits])
    n_unknown = sum(not track.artists for track in index.tracks)
    sources = name_sources(index.tracks, index.name_sources)
    return LeakReport(protocol, name, seed, verdict(leaks, unchecked), n_unknown, sources, index.remarks)


def divided(
    index: LooseIndex, copies: Sequence[SameRecording], protocol: str, seed: int
) -> list[Split | ChunkSplit]:
    """Return the splits that training makes of ``index``: one, or of ``artist-kfold`` those of all folds.

    Raises DatasetError where it cannot be divided as the protocol says.
    """
    if protocol in CHUNK_PROTOCOLS:

        def readable(ids: tuple[str, ...]) -> tuple[str, ...]:
            return _readable(index, ids)

        return [split_pooled(index.tracks, protocol, seed, n_chunks=CHUNKS_PER_CLIP, readable=readable)]
    folds = range(N_FOLDS) if protocol == "artist-kfold" else (0,)
    groups = [one.ids for one in copies]
    return [
        split_tracks(index.tracks, protocol, seed, fold=fold, n_folds=N_FOLDS, copies=groups)
        for fold in folds
    ]


def _refuse_at_once(index: LooseIndex, protocol: str, seed: int) -> None:
    """Raise DatasetError for a protocol the index cannot be divided by, before minutes of looking for copies."""
    if protocol in CHUNK_PROTOCOLS:
        split_pooled(index.tracks, protocol, seed, n_chunks=CHUNKS_PER_CLIP, readable=tuple)
    else:
        split_tracks(index.tracks, protocol, seed)


@dataclass(frozen=True, slots=True)
class LeakVerdict:
    """What a test part shares with what was learned from, and whether it may be called leak-free.

    ``leak_free`` is True where nothing was found and everything was looked at, None where nothing was found but
    something could not be looked at (``unchecked`` says what), else False. ``tracks`` are ids of the test part; ``by`` has the names that each of them shares.
    """

    leak_free: bool | None
    artists: tuple[str, ...] = ()
    recordings: tuple[SharedRecording, ...] = ()
    tracks: tuple[str, ...] = ()
    validation_tracks: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    performers: tuple[str, ...] = ()
    albums: tuple[str, ...] = ()
    by: tuple[SharedNames, ...] = ()

    def __document__(self) -> Mapping[str, object]:
        recordings = [{"tracks": one.ids, "reasons": one.reasons} for one in self.recordings]
        return {
            "leak_free": self.leak_free,
            "artists": self.artists,
            "performers": self.performers,
            "albums": self.albums,
            "recordings": recordings,
            "tracks": self.tracks,
            "by": dict(zip(self.tracks, self.by, strict=False)),
            "validation_tracks": self.validation_tracks,
            "unchecked": self.unchecked,
        }


@dataclass(frozen=True, slots=True)
class LeakReport:
    """The leaks of a dataset under one protocol and seed.

    ``artist_unknown`` is the number of tracks without an artist in the index, ``sources`` tell where artists, performers and albums
    come from and how far they are to be doubted, ``remarks`` say what is odd about the index.
    """

    protocol: str
    dataset: str
    seed: int
    verdict: LeakVerdict
    artist_unknown: int
    sources: tuple[NameSource, ...]
    remarks: tuple[str, ...]

    def __document__(self) -> dict[str, Any]:
        return {
            "protocol": self.protocol,
            "dataset": self.dataset,
            "seed": self.seed,
            **document(self.verdict),
            "artist_unknown": self.artist_unknown,
            "sources": {one.field: one for one in self.sources},
            "remarks": self.remarks,
        }


def verdict(leaks: Leaks, unchecked: Sequence[str]) -> LeakVerdict:
    """Return what was found, and whether that may be called leak-free."""
    return LeakVerdict(
        leak_free=False if leaks else None if unchecked else True,
        artists=leaks.artists,
        performers=leaks.performers,
        albums=leaks.albums,
        by=leaks.by,
        recordings=leaks.recordings,
        tracks=leaks.tracks,
        validation_tracks=leaks.validation,
        unchecked=tuple(unchecked),
    )


def gather_copies(
    index: LooseIndex, progress: Progress | None = None
) -> tuple[list[SameRecording], list[str]]:
    """Return what is one recording beyond the index, and what could not be checked, one sentence each.

    Near copies are found in the mel archive; without one by listening to the files, which ``progress`` hears of.
    """
    unchecked = []
    copies = [SameRecording("listed as byte-identical", ids) for ids in index.duplicates or ()]
    if index.duplicates is None and not any(track.sha256 for track in index.tracks):
        unchecked.append("files: there are neither hashes in the index nor a list of duplicates")
    if not any(track.artists or track.performer for track in index.tracks):
        unchecked.append("artists: the index names none")
    if index.archive is not None:
        try:
            archive = read_mel_archive(index.archive)
        except DatasetError as error:
            unchecked.append(f"near copies: {error}")
        else:
            copies += [SameRecording(NEAR_COPY, pair) for pair in copies_in(archive.mel, archive.ids)]
    elif index.dataset is not None:
        heard, unheard = copies_by_sound(index.dataset, progress)
        copies += heard
        unchecked += unheard
    else:
        unchecked.append("near copies: there is neither audio nor a mel archive to compare")
    return copies, unchecked


def _readable(index: LooseIndex, ids: tuple[str, ...]) -> tuple[str, ...]:
    """Those of ``ids`` that training could hear; all of them where nothing is there to be heard."""
    if index.dataset is None:
        return ids
    there = set(ids)
    n_files = sum(track.path is not None for track in index.dataset.tracks if track.track_id in there)
    try:
        with workers(n_files) as work:
            return spectrograms(index.dataset, ids, work=work).ids or ids
    except DatasetError:  # a damaged archive, which is told among what could not be checked
        return ids
