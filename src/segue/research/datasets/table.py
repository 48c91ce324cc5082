"""Anybody's own genres: a CSV file of paths and labels."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from segue.audio.tags import read_tags
from segue.errors import DatasetError
from segue.research.datasets.audio_files import FolderAudio
from segue.research.datasets.dataset import Dataset, classes_of
from segue.research.datasets.folder import CITATION, LICENCE, label_text
from segue.research.datasets.index import Track
from segue.types import Failure, Tags

SPLIT_NAME = "own"
_COLUMNS = ("path", "label")
_PARTS = {"train": "train", "training": "train", "valid": "valid", "validation": "valid", "test": "test"}


def read_table(table: Path, root: Path | None = None, *, tags: Callable[[Path], Tags] = read_tags) -> Dataset:
    """Return the audio files that a CSV file lists, with their labels.

    The first line may name the columns: ``path`` and ``label``, and, where you have them, ``artist``,
    ``performer``, ``album``, ``title``, ``sha256`` and ``split`` (train, valid or test: the published split ``"own"``). Without
    such a line there are two columns, path and label. Commas, semicolons or tabs divide; UTF-8, with
    or without a byte order mark. Paths are relative to ``root``, by default the folder of the table.
    An id is the path, in its shortest form. Artist and title that the table does not give come from ``tags``.

    A line without path or label or with more fields than columns, a path listed twice, and an unknown part are
    problems; a path with two labels is left out.
    A file that is not there is no problem of the table: reading or verifying tells.

    Raises DatasetError where the table cannot be read or lists nothing.
    """
    root = Path(os.path.abspath(table.parent if root is None else root))
    problems: list[Failure] = []
    tracks: dict[str, Track] = {}
    torn: set[str] = set()
    for number, fields, columns in _rows(table):
        if any(fields[len(columns) :]):
            what = f"has {len(fields)} fields for {len(columns)} columns; put quotes around what holds a separator"
            problems.append(_problem(table, number, what))
            continue
        row = dict(zip(columns, fields, strict=False))
        path, label = row.get("path", ""), label_text(row.get("label", ""))
        path = path and os.path.normpath(path)
        if not path or not label:
            lacks = "path" if not path else "label"
            problems.append(_problem(table, number, f"has no {lacks}"))
        elif path in tracks and tracks[path].label != label:
            torn.add(path)
            problems.append(
                _problem(
                    table,
                    number,
                    f"calls {path} {label}, an earlier one {tracks[path].label}: it is left out",
                )
            )
        elif path in tracks:
            problems.append(_problem(table, number, f"lists {path} again"))
        else:
            known = Tags() if row.get("artist") and row.get("title") else tags(root / path)
            named = row.get("split", "").lower()
            part = _PARTS.get(named)
            if named and part is None:
                problems.append(_problem(table, number, f"names no part of a split: {named}"))
            tracks[path] = Track(
                track_id=path,
                label=label,
                artist=row.get("artist") or known.artist,
                title=row.get("title") or known.title,
                path=path,
                sha256=row.get("sha256", "").lower() or None,
                splits=((SPLIT_NAME, part),) if part else (),
                performer=row.get("performer") or None,
                album=row.get("album") or None,
            )
    kept = tuple(track for _, track in sorted(tracks.items()) if track.track_id not in torn)
    if not kept:
        raise DatasetError(
            f"{table} lists no file with a label; it takes lines of path,label.", code="no-labelled-audio"
        )
    return Dataset(
        name=table.stem,
        root=root,
        tracks=kept,
        classes=classes_of(kept),
        audio=FolderAudio(root),
        licence=LICENCE,
        citation=CITATION,
        problems=tuple(problems),
        exhaustive=False,
    )


def _rows(table: Path) -> Iterator[tuple[int, list[str], list[str]]]:
    """The number of each row's last line, its stripped fields, and the columns; blank rows are passed over."""
    number = 0
    try:
        with table.open(encoding="utf-8-sig", newline="") as lines:
            delimiter = _delimiter(next((line for line in lines if line.strip()), ""))
            lines.seek(0)
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            columns: list[str] | None = None
            for row in reader:
                number = reader.line_num
                fields = [field.strip() for field in row]
                if not any(fields):
                    continue
                names = [field.lower() for field in fields]
                if columns is None:
                    columns = names if _is_header(names) else list(_COLUMNS)
                    if columns is names:
                        continue
                yield number, fields, columns
    except UnicodeDecodeError as error:
        raise DatasetError(
            f"{table} is not UTF-8 ({error.reason}); save it as CSV in UTF-8.", code="not-utf-8"
        ) from error
    except csv.Error as error:
        raise DatasetError(
            f"{table} is no CSV after line {number} ({error}); see to its quotes.", code="not-csv"
        ) from error
    except OSError as error:
        raise DatasetError(f"{table} cannot be read ({error.strerror}).", code="not-readable") from error


def _delimiter(first: str) -> str:
    """What divides a table whose first line this is: what makes a header of it, else two fields."""
    fields = {
        delimiter: [f.strip().lower() for f in next(csv.reader([first], delimiter=delimiter), [])]
        for delimiter in ",;\t"
    }
    headers = [delimiter for delimiter, names in fields.items() if _is_header(names)]
    pairs = [delimiter for delimiter, names in fields.items() if len(names) == 2]
    return (headers + pairs + [","])[0]


def _is_header(names: list[str]) -> bool:
    return all(column in names for column in _COLUMNS)


def _problem(table: Path, line: int, what: str) -> Failure:
    return Failure(table.name, "open", f"Line {line} {what}.")
