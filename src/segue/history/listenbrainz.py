"""ListenBrainz exports: a zip with ``listens/YYYY/M.jsonl``, or the lines of one, or that folder.

Each line is one listen: ``listened_at`` (in public dumps ``timestamp``) in Unix seconds and
``track_metadata`` with artist, track and release names. ``user.json`` names the user of an export;
lines of several people's, as in public dumps, name each theirs. Older exports are one JSON array
of such listens, and the web service gives pages, ``{"payload": {"listens": [...]}}``.
"""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from segue.errors import DatasetError
from segue.history.batches import opened
from segue.history.listens import Listen, as_listing, text_of
from segue.history.listing import Listing
from segue.history.report import NOT_PARSED

_MONTH = re.compile(r"(.*/)?listens/\d+/\d+\.jsonl")
# Of the same export, no listens.
_ELSEWHERE = {
    f"{name}.{end}" for name in ("feedback", "pinned_recording", "user") for end in ("jsonl", "json")
}
_ENDINGS = (".jsonl", ".json")  # the likelier first: where there are any, the others are something else
_ENCRYPTED = 0x1  # bit 0 of a member's general purpose flags (PKWARE APPNOTE 4.4.4)


def read_listenbrainz(path: Path) -> Listing:
    """Return the history in ``path``: the exported zip, its folder unpacked, or one file of JSON.

    Files of lines are read line by line; an array, or a page, is held whole. Where ``user.json`` names the
    user, everything is theirs; else each `Entry` says whose it is, as far as its line tells.
    Raises DatasetError when ``path`` is none of these, is damaged, or holds no listens.
    """
    dropped: Counter[str] = Counter()
    try:
        if path.is_dir():
            name, (user, files) = path.name, _from_folder(path)
        elif zipfile.is_zipfile(path):
            name, (user, files) = path.stem, _from_zip(path)
        else:
            name, (user, files) = path.name.partition(".")[0], (None, iter([_lines_of(path)]))
        listens = (listen for lines in files for listen in _listens(lines, dropped))
        if user is not None:
            listens = (replace(listen, user=None) for listen in listens)
        listing = as_listing(user or name, path, listens, dropped)
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise DatasetError(f"The ListenBrainz export {path} cannot be read ({error}).") from None
    told = {entry.user for entry in listing.entries if entry.user is not None}
    return replace(listing, name=told.pop()) if len(told) == 1 else listing


def _listens(lines: Iterable[bytes], dropped: Counter[str]) -> Iterator[Listen]:
    for document in _documents(lines, dropped):
        for told, whose in _parts(document):
            try:
                track = told["track_metadata"]
                moment = told.get("listened_at")
                yield Listen(
                    text_of(track.get("artist_name")),
                    text_of(track.get("track_name")),
                    text_of(track.get("release_name")),
                    told.get("timestamp") if moment is None else moment,
                    text_of(told.get("user_name")) or whose,
                )
            except (KeyError, TypeError, AttributeError):
                dropped[NOT_PARSED] += 1


def _documents(lines: Iterable[bytes], dropped: Counter[str]) -> Iterator[Any]:
    """Every JSON document of a file: one a line, or one that goes over all its lines."""
    lines = (line for line in lines if line.strip())
    first = next(lines, b"")
    lines = chain([first] if first else [], lines)
    if _goes_on(first.removeprefix(BOM_UTF8).strip()):
        whole = list(lines)
        try:
            yield json.loads(b"".join(whole))
            return
        except (ValueError, RecursionError):
            lines = iter(whole)
    for line in lines:
        try:
            yield json.loads(line)
        except (ValueError, RecursionError):
            dropped[NOT_PARSED] += 1


def _goes_on(line: bytes) -> bool:
    """Return whether no JSON ends where ``line`` does, so that it can only be the first of more."""
    return line.endswith((b"[", b"{", b",", b":")) or (line.startswith(b"[") and not line.endswith(b"]"))


def _parts(document: Any) -> Iterator[tuple[Any, str | None]]:
    """Each listen of a document (one, a page of them, or an array of either), and whose its page says it is."""
    for part in document if isinstance(document, list) else [document]:
        page = part.get("payload", part) if isinstance(part, dict) else None
        if isinstance(page, dict) and isinstance(page.get("listens"), list):
            yield from ((listen, text_of(page.get("user_id"))) for listen in page["listens"])
        else:
            yield part, None


def _from_zip(path: Path) -> tuple[str | None, Iterator[Iterator[bytes]]]:
    archive = zipfile.ZipFile(path)
    names = archive.namelist()
    months = sorted(name for name in names if _MONTH.fullmatch(name)) or _with_listens(names)
    if not months:
        raise DatasetError(f"{path} is no ListenBrainz export: it holds no listens/YYYY/M.jsonl.")
    if any(archive.getinfo(name).flag_bits & _ENCRYPTED for name in names):
        raise DatasetError(f"The ListenBrainz export {path} is encrypted; unpack it and give its folder.")
    user = next((archive.read(name) for name in names if Path(name).name == "user.json"), b"")
    return _user_name(user), _files_of_archive(archive, months)


def _files_of_archive(archive: zipfile.ZipFile, names: list[str]) -> Iterator[Iterator[bytes]]:
    with archive:
        for name in names:
            with archive.open(name) as lines:
                yield iter(lines)


def _from_folder(path: Path) -> tuple[str | None, Iterator[Iterator[bytes]]]:
    months = _with_listens([str(p) for p in path.rglob("*") if p.is_file()])
    if not months:
        raise DatasetError(f"{path} is no ListenBrainz export: it holds no listens/YYYY/M.jsonl.")
    user = path / "user.json"
    return _user_name(user.read_bytes()) if user.is_file() else None, (_lines_of(Path(p)) for p in months)


def _with_listens(names: list[str]) -> list[str]:
    """Return those of the files that are called as listens are, sorted."""
    here = [name for name in names if Path(name).name not in _ELSEWHERE]
    found = (sorted(name for name in here if name.lower().endswith(ending)) for ending in _ENDINGS)
    return next((files for files in found if files), [])


def _lines_of(path: Path) -> Iterator[bytes]:
    with opened(path) as lines:
        yield from lines


def _user_name(content: bytes) -> str | None:
    try:
        document: Any = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return text_of(document.get("username")) if isinstance(document, dict) else None
