"""ListenBrainz exports: a zip with ``listens/YYYY/M.jsonl``, or the lines of one, or that folder.

Each line is one listen: ``listened_at`` (in public dumps ``timestamp``) in Unix seconds and
``track_metadata`` with artist, track and release names. ``user.json`` names the user of an export;
lines of several people's, as in public dumps, name each theirs. Older exports are one JSON array
of such listens, and the web service gives pages, ``{"payload": {"listens": [...]}}``.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from segue.errors import DatasetError
from segue.history.documents import json_values
from segue.history.listens import Listen, as_listing, text_of
from segue.history.listing import NOT_PARSED, Listing
from segue.history.opening import member, opened, opened_zip

_MONTH = re.compile(r"\A(?:.*/)?listens/\d+/\d+\.jsonl")
# Of the same export, no listens.
_ELSEWHERE = {
    f"{name}.{end}" for name in ("feedback", "pinned_recording", "user") for end in ("jsonl", "json")
}
_ENDINGS = (".jsonl", ".json")  # the likelier first: where there are any, the others are something else
_USER_BYTES = 1 << 20  # of user.json, which has a hundred

Files = Iterable[AbstractContextManager[io.BufferedReader]]


def read_listenbrainz(path: Path) -> Listing:
    """Return the history in ``path``: the exported zip, its folder unpacked, or one file of JSON.

    Where ``user.json`` names the user, everything is theirs and the listing has their name; else each `Entry` says
    whose it is, as far as its line tells, and the listing has the name of the first user told. Raises DatasetError
    when ``path`` is no such export; going through the entries raises it when a file is damaged or holds no listens.
    """
    dropped: Counter[str] = Counter()
    if path.is_dir():
        user, files = _from_folder(path)
        name = path.name
    elif is_zip(path):
        user, files = _from_zip(path)
        name = path.stem
    else:
        user, files, name = None, [opened(path)], path.name.partition(".")[0]
    listens = (listen for file in files for listen in _listens(file, str(path), dropped))
    if user is not None:
        return as_listing(user, path, (replace(listen, user=None) for listen in listens), dropped)
    first = next(listens, None)
    told = first.user if first is not None else None
    return as_listing(told or name, path, chain([] if first is None else [first], listens), dropped)


def _listens(
    file: AbstractContextManager[io.BufferedReader], source: str, dropped: Counter[str]
) -> Iterator[Listen]:
    with file as content:
        text = io.TextIOWrapper(content, "utf-8", "replace")
        for document in json_values(text, source, lambda: dropped.update([NOT_PARSED])):
            for told, whose in _parts(document):
                try:
                    track = told["track_metadata"]
                    moment = told.get("listened_at")
                    listen = Listen(
                        text_of(track.get("artist_name")),
                        text_of(track.get("track_name")),
                        text_of(track.get("release_name")),
                        told.get("timestamp") if moment is None else moment,
                        text_of(told.get("user_name")) or whose,
                    )
                except (KeyError, TypeError, AttributeError):
                    dropped[NOT_PARSED] += 1
                else:
                    yield listen


def _parts(document: Any) -> Iterator[tuple[Any, str | None]]:
    """Each listen of a document (one, a page of them, or an array of either), and whose its page says it is."""
    for part in document if isinstance(document, list) else [document]:
        page = part.get("payload", part) if isinstance(part, dict) else None
        if isinstance(page, dict) and isinstance(page.get("listens"), list):
            yield from ((listen, text_of(page.get("user_id"))) for listen in page["listens"])
        else:
            yield part, None


def is_zip(path: Path) -> bool:
    """Return whether a file is a zip, whatever its name."""
    try:
        return zipfile.is_zipfile(path)
    except OSError:
        return False


def _from_zip(path: Path) -> tuple[str | None, Files]:
    with opened_zip(path) as archive:
        names = archive.namelist()
        months = sorted(name for name in names if _MONTH.fullmatch(name)) or _with_listens(names)
        if not months:
            raise _not_listenbrainz(path)
        about = next((name for name in names if Path(name).name == "user.json"), None)
        content = b""
        if about is not None:
            with member(archive, about, path) as file:
                content = file.read(_USER_BYTES)
    return _user_name(content), _files_of_zip(path, months)


def _files_of_zip(path: Path, names: list[str]) -> Files:
    with opened_zip(path) as archive:
        for name in names:
            yield member(archive, name, path)


def _from_folder(path: Path) -> tuple[str | None, Files]:
    months = _with_listens([str(p) for p in path.rglob("*") if p.is_file()])
    if not months:
        raise _not_listenbrainz(path)
    user = path / "user.json"
    content = b""
    if user.is_file():
        with opened(user) as file:
            content = file.read(_USER_BYTES)
    return _user_name(content), (opened(Path(name)) for name in months)


def _not_listenbrainz(path: Path) -> DatasetError:
    return DatasetError(
        f"{path} is no ListenBrainz export: it holds no listens/YYYY/M.jsonl.", code="not-listenbrainz"
    )


def _with_listens(names: list[str]) -> list[str]:
    """Return those of the files that are called as listens are, sorted."""
    here = [name for name in names if Path(name).name not in _ELSEWHERE]
    found = (sorted(name for name in here if name.lower().endswith(ending)) for ending in _ENDINGS)
    return next((files for files in found if files), [])


def _user_name(content: bytes) -> str | None:
    try:
        document: Any = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return text_of(document.get("username")) if isinstance(document, dict) else None
