"""ListenBrainz exports: a zip with ``listens/YYYY/M.jsonl``, or the lines of one, or that folder.

Each line is one listen: ``listened_at`` in Unix seconds and ``track_metadata`` with artist,
track and release names; ``user.json`` names the user.
"""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from segue.datasets.interactions.listens import Listen, as_listing, text_of
from segue.datasets.interactions.listing import Listing
from segue.datasets.interactions.report import NOT_PARSED
from segue.errors import DatasetError

_MONTH = re.compile(r"(.*/)?listens/\d+/\d+\.jsonl")
_ELSEWHERE = {"feedback.jsonl", "pinned_recording.jsonl"}  # of the same export, no listens
_ENCRYPTED = 0x1  # bit 0 of a member's general purpose flags (PKWARE APPNOTE 4.4.4)


def read_listenbrainz(path: Path) -> Listing:
    """Return the history in ``path``: the exported zip, its folder unpacked, or one file of JSON lines.

    Raises DatasetError when it is none of these, is damaged, or holds no listens.
    """
    dropped: Counter[str] = Counter()
    try:
        if path.is_dir():
            name, lines = _from_folder(path)
        elif zipfile.is_zipfile(path):
            name, lines = _from_zip(path)
        else:
            name, lines = path.name.partition(".")[0], _lines_of(path)
        return as_listing(name, path, _listens(lines, dropped), dropped)
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise DatasetError(f"The ListenBrainz export {path} cannot be read ({error}).") from None


def _listens(lines: Iterable[bytes], dropped: Counter[str]) -> Iterator[Listen]:
    for line in lines:
        if not line.strip():
            continue
        try:
            listen = json.loads(line)
            track = listen["track_metadata"]
            yield Listen(
                text_of(track.get("artist_name")),
                text_of(track.get("track_name")),
                text_of(track.get("release_name")),
                listen.get("listened_at"),
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            dropped[NOT_PARSED] += 1


def _from_zip(path: Path) -> tuple[str, Iterator[bytes]]:
    archive = zipfile.ZipFile(path)
    names = archive.namelist()
    months = sorted(name for name in names if _MONTH.fullmatch(name)) or sorted(
        name for name in names if name.endswith(".jsonl") and Path(name).name not in _ELSEWHERE
    )
    if not months:
        raise DatasetError(f"{path} is no ListenBrainz export: it holds no listens/YYYY/M.jsonl.")
    if any(archive.getinfo(name).flag_bits & _ENCRYPTED for name in names):
        raise DatasetError(f"The ListenBrainz export {path} is encrypted; unpack it and give its folder.")
    user = next((archive.read(name) for name in names if Path(name).name == "user.json"), b"")
    return _user_name(user) or path.stem, _lines_of_archive(archive, months)


def _lines_of_archive(archive: zipfile.ZipFile, names: list[str]) -> Iterator[bytes]:
    with archive:
        for name in names:
            with archive.open(name) as lines:
                yield from lines


def _from_folder(path: Path) -> tuple[str, Iterator[bytes]]:
    months = sorted(p for p in path.rglob("*.jsonl") if p.name not in _ELSEWHERE)
    if not months:
        raise DatasetError(f"{path} is no ListenBrainz export: it holds no listens/YYYY/M.jsonl.")
    user = path / "user.json"
    name = _user_name(user.read_bytes()) if user.is_file() else None
    return name or path.name, (line for month in months for line in _lines_of(month))


def _lines_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as lines:
        yield from lines


def _user_name(content: bytes) -> str | None:
    try:
        document: Any = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return text_of(document.get("username")) if isinstance(document, dict) else None
