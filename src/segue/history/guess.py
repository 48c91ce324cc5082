"""Guessing the form of a file or folder of playlists, listens or interactions, by names or the first 64 KiB."""

from __future__ import annotations

import re
from pathlib import Path

from segue.errors import DatasetError
from segue.history.lastfm import beginning, separator_without_header
from segue.history.listenbrainz import is_zip
from segue.history.opening import opened_zip, require_regular

_PLAYLIST = (".m3u", ".m3u8", ".pls", ".xspf")
_TASTE_PROFILE = re.compile(r"[0-9a-f]{40}\tSO[A-Z0-9]{16}\t\d+")
TABLES = (".csv", ".tsv", ".json", ".parquet", ".csv.gz", ".tsv.gz", ".json.gz", ".csv.bz2", ".tsv.bz2")


def guess_kind(path: Path) -> str:
    """Return the name of the form of what is at ``path``.

    Raises DatasetError (``nothing-there``, ``not-a-file``, ``unknown-kind``).
    """
    if not path.exists():
        raise DatasetError(f"There is nothing at {path}; name a file or folder.", code="nothing-there")
    if path.is_dir():
        kind = _of_folder(path)
    else:
        require_regular(path)
        kind = _of_file(path)
    if kind is None:
        raise DatasetError(f"The form of {path} is not known; name it with --kind.", code="unknown-kind")
    return kind


def _of_folder(folder: Path) -> str | None:
    names = {p.relative_to(folder).as_posix() for p in _below(folder)}
    ends = tuple(name.lower() for name in names)
    if any(name.startswith("interactions_") for name in names) and any(n.startswith("items_") for n in names):
        return "mpd-audio"
    if any(name.endswith("listens.parquet") for name in names):
        return "yambda"
    if any("userid_trackid_" in name for name in names):
        return "music4all-onion"
    if any(re.search(r"(^|/)mpd\.slice\.\d+-\d+\.json", name) for name in names):
        return "mpd"
    if "user_artists.dat" in names:
        return "hetrec-lastfm"
    if any("train_triplets.txt" in name for name in names):
        return "taste-profile"
    if "user.json" in names or any(re.search(r"listens/\d+/\d+\.jsonl$", name) for name in names):
        return "listenbrainz"
    if any(name.endswith(_PLAYLIST) for name in ends):
        return "playlists"
    tables = sorted(p for p in _below(folder) if p.name.lower().endswith(TABLES))
    return _of_file(tables[0]) if tables else None


def _below(folder: Path) -> list[Path]:
    return [p for p in folder.rglob("*") if p.is_file()]


def _of_file(path: Path) -> str | None:
    name = path.name.lower()
    if name.endswith(_PLAYLIST):
        return "playlists"
    if is_zip(path):
        with opened_zip(path) as archive:
            inside = archive.namelist()
        return "listenbrainz" if any(n.endswith(".jsonl") for n in inside) else None
    if name.endswith(".parquet"):
        return "yambda" if name.endswith("listens.parquet") else "table"
    if "userid_trackid_" in name:
        return "music4all-onion"
    head = beginning(path)
    first = head.partition("\n")[0]
    if head.lstrip()[:1] in ("{", "["):
        if '"track_metadata"' in head:
            return "listenbrainz"
        return "mpd" if '"playlists"' in head else "lastfm"
    if _TASTE_PROFILE.match(first):
        return "taste-profile"
    if first.startswith("userID\tartistID\tweight"):
        return "hetrec-lastfm"
    cells = {cell.strip().strip('"').lower().partition("#")[0] for cell in re.split(r"[,;\t|]", first)}
    if {"artist", "track"} <= cells or separator_without_header(head) is not None:
        return "lastfm"
    return "table" if len(cells) > 1 else None
