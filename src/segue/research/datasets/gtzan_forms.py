"""GTZAN in the forms it goes round in: a folder of clips, the tar of clips, the mel archive with its index."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath

from segue.errors import DatasetError
from segue.research.datasets import gtzan_facts
from segue.research.datasets.audio_files import (
    AudioFiles,
    FolderAudio,
    TarAudio,
    members,
    open_tar,
    plain_name,
)
from segue.research.datasets.dataset import Dataset, classes_of
from segue.research.datasets.fingerprints import with_fingerprints
from segue.research.datasets.gtzan_index import INDEX, GtzanIndex, read_gtzan_index
from segue.research.datasets.index import Track
from segue.types import Failure

ARCHIVE = "mel128x387_uint8.npz"
_TARS = (".tar", ".tar.gz", ".tgz")
# Where a clip is there in several forms, the one whose hash is published comes first.
_EXTENSIONS = (".wav", ".flac", ".au")
_DEEPEST = 4  # Data/genres_original/blues/blues.00000.wav


def read_gtzan_forms(root: Path) -> Dataset:
    """Return GTZAN as it lies at ``root``: a folder, or its tar.

    A folder may hold clips ``<genre>/<genre>.00000.{wav,flac,au}`` at any of the usual depths
    (``genres_original``, ``genres``, ``audio``, ``Data/genres_original`` ...), or the tar, or the mel archive
    ``mel128x387_uint8.npz``, alone or together. ``tracks.csv``, where it is, is the index, as it stands: what in
    it differs from the published facts is a remark. Without it all 1,000 clips are in the index, with or without
    their audio, and ids, labels, hashes and the split are those that ship with segue. What looks like a clip and
    is none of GTZAN's is a problem.

    Raises DatasetError where nothing of GTZAN is at ``root`` or the index cannot be read.
    """
    root = Path(os.path.abspath(root))
    tar = _tar_at(root)
    audio: AudioFiles
    if tar is not None:
        with open_tar(tar) as opened:
            names = [plain_name(member) for member in members(opened, tar) if member.isfile()]
        audio = TarAudio(tar)
    elif root.is_dir():
        names = list(_files_below(root))
        audio = FolderAudio(root)
    else:
        raise DatasetError(
            f"There is nothing at {root}; give GTZAN's folder or its tar.", code="nothing-there"
        )
    folder = root if root.is_dir() else root.parent
    archive = folder / ARCHIVE if root.is_dir() and (folder / ARCHIVE).is_file() else None
    paths, problems = _clips_among(names)
    if not paths and archive is None:
        raise DatasetError(
            f"Nothing of GTZAN is at {root}; it holds <genre>/<genre>.00000.wav, a tar of .au, or {ARCHIVE}.",
            code="not-gtzan",
        )
    has_index = root.is_dir() and (folder / INDEX).is_file()
    index = read_gtzan_index(folder) if has_index else _published(folder)
    tracks = tuple(
        replace(track, path=paths.get(track.track_id))
        for track in sorted(index.tracks, key=lambda track: track.track_id)
    )
    return Dataset(
        name="gtzan",
        root=root,
        tracks=tracks,
        classes=classes_of(tracks),
        audio=audio,
        licence=gtzan_facts.LICENCE,
        citation=gtzan_facts.CITATION,
        faults=gtzan_facts.faults(),
        problems=tuple(problems),
        remarks=index.remarks,
        archive=archive,
        name_sources=index.name_sources,
    )


def looks_like_gtzan(root: Path) -> bool:
    """True where ``root`` holds the mel archive and its index."""
    return (root / ARCHIVE).is_file() and (root / INDEX).is_file()


def _published(folder: Path) -> GtzanIndex:
    """The index that ships with segue: no artists, no titles; performers and albums where a table of them is there."""
    tracks = tuple(
        Track(
            clip.track_id,
            clip.genre,
            sha256=clip.sha256,
            labels=(clip.genre,),
            splits=((gtzan_facts.SPLIT_NAME, clip.part),) if clip.part else (),
        )
        for clip in gtzan_facts.clips()
    )
    named, sources = with_fingerprints(tracks, folder)
    return GtzanIndex(named, (), sources)


def _tar_at(root: Path) -> Path | None:
    if root.is_file():
        return root
    if not root.is_dir() or looks_like_gtzan(root):
        return None
    tars = sorted(path for path in root.iterdir() if path.name.endswith(_TARS) and path.is_file())
    has_clips = any(True for name in _files_below(root) if _clip_name(name))
    return tars[0] if tars and not has_clips else None


def _files_below(root: Path) -> Iterable[str]:
    """Paths of files below ``root`` with forward slashes, no deeper than clips lie (so that rings of links end)."""
    for folder, below, names in os.walk(root, followlinks=True):
        depth = len(Path(folder).relative_to(root).parts)
        below[:] = sorted(name for name in below if not name.startswith(".")) if depth < _DEEPEST - 1 else []
        for name in sorted(names):
            yield (Path(folder) / name).relative_to(root).as_posix()


def _clip_name(name: str) -> str | None:
    """The id a path's name claims, ``blues.00000`` of ``genres/blues/blues.00000.au``; None where it is no clip's."""
    path = PurePosixPath(name)
    genre, _, number = path.stem.partition(".")
    is_clip = path.suffix.lower() in _EXTENSIONS and len(number) == 5 and number.isdigit()
    # Archives packed on a Mac carry a file "._<name>" beside each real one.
    return path.stem if is_clip and genre and not path.name.startswith("._") else None


def _clips_among(names: Iterable[str]) -> tuple[dict[str, str], list[Failure]]:
    """The path of each clip of GTZAN, the best form first, and names that look like clips but are none."""
    known = {clip.track_id for clip in gtzan_facts.clips()}
    paths: dict[str, str] = {}
    problems = []
    for name in sorted(
        names,
        key=lambda name: (
            _EXTENSIONS.index(s) if (s := PurePosixPath(name).suffix.lower()) in _EXTENSIONS else 9
        ),
    ):
        track_id = _clip_name(name)
        if track_id is None:
            continue
        if track_id in known:
            paths.setdefault(track_id, name)
        else:
            problems.append(Failure(name, "open", f"GTZAN has no clip {track_id}."))
    return paths, problems
