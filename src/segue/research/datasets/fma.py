"""FMA: ``tracks.csv`` with its three header rows, the tree of genres, the official split, clips in numbered folders."""

from __future__ import annotations

import ast
import csv
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from segue.errors import DatasetError
from segue.research.datasets import fma_facts
from segue.research.datasets.audio_files import FolderAudio
from segue.research.datasets.dataset import Dataset, Genre, classes_of
from segue.research.datasets.index import Track
from segue.types import Failure

SPLIT_NAME = "official"
_PARTS = {"training": "train", "validation": "valid", "test": "test"}
# A biography can be longer than the csv module's default of 128 kB.
_LONGEST_FIELD = 16_000_000
_NEEDED = (
    ("set", "split"),
    ("set", "subset"),
    ("track", "genre_top"),
    ("track", "genres"),
    ("artist", "name"),
    ("track", "title"),
)


@dataclass(frozen=True, slots=True)
class GenreTree:
    """FMA's genres by their number; ``parent`` of a top genre is None."""

    titles: Mapping[int, str]
    parents: Mapping[int, int | None]

    def genres(self) -> tuple[Genre, ...]:
        """Return all nodes with their parents' titles, in order of number."""
        return tuple(
            Genre(title, None if (parent := self.parents[number]) is None else self.titles[parent])
            for number, title in sorted(self.titles.items())
        )

    def with_ancestors(self, numbers: Sequence[int]) -> frozenset[int]:
        """Return ``numbers`` and every genre above them: what FMA's column genres_all holds."""
        found: set[int] = set()
        for number in numbers:
            node: int | None = number
            while node is not None and node not in found:
                found.add(node)
                node = self.parents.get(node)
        return frozenset(found)


def read_fma(root: Path, subset: str) -> Dataset:
    """Return ``"fma-small"``, ``"fma-medium"`` or ``"fma-large"`` from the folder its archives were unpacked into.

    ``tracks.csv`` and ``genres.csv`` lie there or in ``fma_metadata``, clips in ``fma_<subset>/000/000002.mp3``
    or a larger subset's folder, in ``000/000002.mp3`` or beside the index. An id is the clip's name,
    ``"000002"``. ``label`` is the root genre (None for some of fma-large), ``labels`` are the artist's own
    genres, leaves or not; ``genres`` is the tree of all. The split ``"official"`` is FMA's. A row that cannot be
    read, such as the last one of a file cut off, is a problem.

    Raises DatasetError where an index is missing or is not FMA's.
    """
    root = Path(os.path.abspath(root))
    wanted = fma_facts.SUBSETS[subset]
    index = _find(root, "tracks")
    tree = read_genres(_find(root, "genres"))
    where = _layout(root, subset)
    problems: list[Failure] = []
    tracks = []
    for row in _rows(index, problems):
        if row["set", "subset"] not in wanted.holds:
            continue
        try:
            tracks.append(_track(row, tree, where))
        except ValueError as error:
            problems.append(Failure(index.name, "open", f"Track {row['', 'track_id']}: {error}."))
    ordered = tuple(sorted(tracks, key=lambda track: track.track_id))
    if not ordered:
        raise DatasetError(f"{index} has no track of {subset}; fetch fma_metadata again.", code="not-fma")
    return Dataset(
        name=subset,
        root=root,
        tracks=ordered,
        classes=classes_of(ordered),
        audio=FolderAudio(root),
        licence=fma_facts.LICENCE,
        citation=fma_facts.CITATION,
        faults=fma_facts.FAULTS,
        genres=tree.genres(),
        problems=tuple(problems),
    )


def read_genres(path: Path) -> GenreTree:
    """Return the tree in FMA's ``genres.csv``. Raises DatasetError where it is no tree."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = [(int(row["genre_id"]), row["title"], int(row["parent"])) for row in csv.DictReader(lines)]
    except (KeyError, ValueError, TypeError, csv.Error) as error:
        raise DatasetError(
            f"{path} is not FMA's genres.csv ({error}); fetch fma_metadata again.", code="not-fma"
        ) from error
    titles = {number: title for number, title, _ in rows}
    parents = {number: parent or None for number, _, parent in rows}
    orphans = [number for number, parent in parents.items() if parent is not None and parent not in titles]
    if orphans:
        raise DatasetError(
            f"{path} names no parent of genre {orphans[0]}; fetch fma_metadata again.", code="not-fma"
        )
    return GenreTree(titles, parents)


def _find(root: Path, name: str) -> Path:
    """``tracks.csv`` or ``genres.csv``; failing that, the one file here that begins so (a part of tracks.csv)."""
    for folder in (root / "fma_metadata", root):
        if (folder / f"{name}.csv").is_file():
            return folder / f"{name}.csv"
    parts = sorted(root.glob(f"{name}*.csv"))
    if len(parts) == 1:
        return parts[0]
    raise DatasetError(
        f"There is no {name}.csv in {root} or its folder fma_metadata; unpack fma_metadata.zip there.",
        code="nothing-there",
    )


def _rows(path: Path, problems: list[Failure]) -> Iterator[dict[tuple[str, str], str]]:
    """Each track's fields by (table, column), under ("", "track_id") its number; short rows become problems."""
    before = csv.field_size_limit(_LONGEST_FIELD)
    try:
        with path.open(encoding="utf-8", errors="replace", newline="") as lines:
            reader = csv.reader(lines)
            tables, columns, ids = (next(reader, []) for _ in range(3))
            names = list(zip(tables, columns, strict=False))
            missing = [f"{a}.{b}" for a, b in _NEEDED if (a, b) not in names]
            if ids[:1] != ["track_id"] or missing:
                raise DatasetError(
                    f"{path} has not the three header rows of FMA's tracks.csv"
                    f"{' with ' + ', '.join(missing) if missing else ''}; fetch fma_metadata again.",
                    code="not-fma",
                )
            names[0] = ("", "track_id")
            for number, row in enumerate(reader, start=1):
                if len(row) != len(names):
                    cause = f"Row {number} (track {row[0] if row else '?'}) has {len(row)} of {len(names)} columns."
                    problems.append(Failure(path.name, "open", f"{cause} The file may be cut off there."))
                    continue
                yield dict(zip(names, row, strict=True))
    except csv.Error as error:
        raise DatasetError(
            f"{path} cannot be read ({error}); fetch fma_metadata again.", code="not-readable"
        ) from error
    finally:
        csv.field_size_limit(before)


def _track(row: Mapping[tuple[str, str], str], tree: GenreTree, where: Callable[[str], str | None]) -> Track:
    """One row as a track. Raises ValueError, its text fit to end a sentence, where a field makes no sense."""
    if not row["", "track_id"].isdigit():
        raise ValueError("its number is none")
    name = f"{int(row['', 'track_id']):06d}"
    try:
        numbers = [int(number) for number in ast.literal_eval(row["track", "genres"] or "[]")]
        labels = tuple(tree.titles[number] for number in numbers)
    except (ValueError, SyntaxError, TypeError, KeyError):
        raise ValueError(f"its genres {row['track', 'genres']!r} are not numbers of genres.csv") from None
    part = _PARTS.get(row["set", "split"])
    return Track(
        track_id=name,
        label=row["track", "genre_top"] or None,
        artist=row["artist", "name"].strip() or None,
        title=row["track", "title"].strip() or None,
        path=where(name),
        labels=labels,
        splits=((SPLIT_NAME, part),) if part else (),
    )


def _layout(root: Path, subset: str) -> Callable[[str], str | None]:
    """What says where a clip lies: the first of the usual places that has it, None where none does."""
    larger = list(fma_facts.SUBSETS)[list(fma_facts.SUBSETS).index(subset) :]
    folders = [folder.replace("-", "_") for folder in larger]
    folders = [folder for folder in folders if (root / folder).is_dir()]

    def where(name: str) -> str | None:
        inside = f"{name[:3]}/{name}.mp3"
        for path in (*(f"{folder}/{inside}" for folder in folders), inside, f"{name}.mp3"):
            if (root / path).is_file():
                return path
        return None

    return where
