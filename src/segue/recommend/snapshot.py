"""What a library holds for one model, read once, so that many questions can be answered from memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np

from segue.copies.sketch import Sketch
from segue.errors import NotInLibrary
from segue.facets.base import Column, Facet
from segue.facets.registry import Registry
from segue.library.records import TrackList
from segue.library.store import Library
from segue.recommend.query import Seed
from segue.recommend.votes import Vote, hard_majority, majority_genres

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

T = TypeVar("T")
LIST_KINDS = ("playlist", "session")  # what somebody chose; albums say what somebody published


@dataclass(frozen=True, slots=True)
class Lists:
    """Lists of tracks: ``pairs`` float32 CSR ``(n_lists, n_items)`` of counts above 0, ``kinds[i]`` of row i.

    ``n_unheard`` counts entries that are left out, since their tracks are no items of the snapshot.
    """

    pairs: csr_matrix
    kinds: tuple[str, ...]
    n_unheard: int = 0


class Source(Protocol):
    """Where a snapshot finds what few questions need, track by track or as a whole column."""

    def sketch(self, item: int) -> Sketch: ...

    def identity(self, item: int) -> str: ...

    def votes(self, item: int) -> tuple[Vote, ...]: ...

    def genres(self) -> dict[int, str]:
        """The genre that most chunks name, by track id; tracks without chunks are left out."""
        ...

    def lists(self, kinds: Sequence[str]) -> list[TrackList]: ...

    def facet(self, name: str) -> Facet[Any]:
        """The facet of that name. Raises SegueError (code ``facet-unknown``)."""
        ...

    def value(self, name: str, item: int) -> Any:
        """One facet's value of one track, None where it has none."""
        ...

    def column(self, name: str, items: np.ndarray) -> Column: ...


@dataclass(frozen=True)
class Snapshot:
    """The tracks that one model has embedded; row i of every column is ``items[i]``.

    ``items`` int64 ``(n_items,)`` strictly ascending, ``vectors`` float32 ``(n_items, dim)`` of unit length,
    ``durations_s`` float32 ``(n_items,)``. ``generation`` is equal for equal states of the library. What few
    questions need (sketches, genres, lists) is read on demand and kept; all of it is safe for many threads.
    """

    model: str
    items: np.ndarray
    vectors: np.ndarray
    durations_s: np.ndarray
    artists: tuple[str | None, ...]
    albums: tuple[str | None, ...]
    source: Source
    generation: tuple[int | float | None, ...] = ()
    _kept: dict[object, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.items.ndim != 1 or np.any(np.diff(self.items) <= 0):
            raise ValueError("items must be one ascending list without repetition")
        columns = (self.vectors, self.durations_s, self.artists, self.albums)
        if any(len(column) != len(self.items) for column in columns):
            raise ValueError("items and all columns must be of one length")
        lengths = np.einsum("ij,ij->i", self.vectors, self.vectors)
        if not np.all(np.abs(lengths - 1) <= 2e-3):
            raise ValueError("every row must be of unit length")

    @classmethod
    def read(cls, library: Library, model: str) -> Snapshot:
        """Return what ``library`` holds by ``model``; it may be closed afterwards.

        Raises FrontEndMismatch when it holds analyses by other models only, LibraryError when it cannot be read.
        """
        generation = library.generation()
        embeddings = library.vectors(model)
        columns = library.columns(model)
        # A scan beside us may commit between two reads: what both know stays.
        of_vectors = np.isin(embeddings.track_ids, columns.track_ids, assume_unique=True)
        rows = np.flatnonzero(np.isin(columns.track_ids, embeddings.track_ids, assume_unique=True))
        return cls(
            model=model,
            items=columns.track_ids[rows],
            vectors=embeddings.vectors if of_vectors.all() else embeddings.vectors[of_vectors],
            durations_s=columns.durations_s[rows],
            artists=tuple(columns.artists[row] for row in rows.tolist()),
            albums=tuple(columns.albums[row] for row in rows.tolist()),
            source=_LibrarySource(library.path, model, library.facets),
            generation=generation,
        )

    def __len__(self) -> int:
        return len(self.items)

    def row(self, item: int) -> int:
        """Return the row of a track id. Raises NotInLibrary."""
        row = int(np.searchsorted(self.items, item))
        if row == len(self.items) or self.items[row] != item:
            raise NotInLibrary(
                f"Item {item} is not among the {len(self)} that can be compared: "
                "it is unknown, silent, or not analysed by this model yet.",
                code="not-comparable",
            )
        return row

    def rows(self, items: Sequence[int]) -> np.ndarray:
        """Return int64 ``(len(items),)``: the row of each track id. Raises NotInLibrary for the first unknown one."""
        return np.array([self.row(item) for item in items], np.int64)

    def vector(self, seed: Seed) -> np.ndarray:
        """Return a seed's float32 ``(dim,)``. Raises NotInLibrary, or ValueError for one of another dimension."""
        if seed.item is not None:
            return self.vectors[self.row(seed.item)]
        vector = np.asarray(seed.vector, np.float32)
        if vector.shape != self.vectors.shape[1:]:
            raise ValueError("seeds and items have embeddings of different dimensions")
        return vector

    def sketch(self, seed: Seed) -> Sketch | None:
        """Return what tells copies of a seed, None for one from outside that has none."""
        return seed.sketch if seed.item is None else self.sketch_of(seed.item)

    def sketch_of(self, item: int) -> Sketch:
        """Return what tells copies of a track. Raises NotInLibrary."""
        return self._keep(("sketch", item), lambda: self.source.sketch(item))

    def identity(self, seed: Seed) -> str:
        """Return the identity of a seed's audio."""
        if seed.item is None:
            return seed.identity
        item = seed.item
        return self._keep(("identity", item), lambda: self.source.identity(item))

    def votes(self, seed: Seed) -> tuple[Vote, ...]:
        """Return the votes of a seed's chunks on its genre."""
        if seed.item is None:
            return seed.votes
        item = seed.item
        return self._keep(("votes", item), lambda: self.source.votes(item))

    @property
    def genres(self) -> np.ndarray:
        """Object ``(n_items,)``: the genre that most chunks of a track name, ``""`` for a track without chunks."""
        return self._keep("genres", self._read_genres)

    def distances(self, name: str, seed: Seed) -> np.ndarray:
        """Return float32 ``(n_items,)`` in [0, 1]: how far a seed is from every track by one facet; NaN: cannot say.

        Raises SegueError for an unknown facet, FrontEndMismatch where the library holds it in other versions only.
        """
        facet = self.source.facet(name)
        column = self._keep(("column", name), lambda: self.source.column(name, self.items))
        item = seed.item
        value = seed.values.get(name) if item is None else self._value(name, item)
        return facet.distances(value, column)

    def _value(self, name: str, item: int) -> Any:
        return self._keep(("value", name, item), lambda: self.source.value(name, item))

    def lists(self, kinds: Sequence[str] = LIST_KINDS) -> Lists:
        """Return the library's lists of ``kinds``: ``playlist``, ``history``, ``session`` or ``album``."""
        wanted = tuple(kinds)
        return self._keep(("lists", wanted), lambda: _as_lists(self.source.lists(wanted), self.items))

    @property
    def list_counts(self) -> np.ndarray:
        """int64 ``(n_items,)``: in how many playlists and sessions each track is."""
        return self._keep("list counts", lambda: self.lists().pairs.getnnz(axis=0))

    def keep(self, key: object, make: Callable[[], T]) -> T:
        """Return what ``make`` gave when ``key`` was first asked for: a place for fitted models and facet columns."""
        return self._keep(("kept", key), make)

    def _keep(self, key: object, make: Callable[[], T]) -> T:
        if key not in self._kept:
            self._kept[key] = make()  # two threads may both make it: equal values, and one stays
        return self._kept[key]

    def _read_genres(self) -> np.ndarray:
        genre_of = self.source.genres()
        return np.array([genre_of.get(item, "") for item in self.items.tolist()], dtype=object)


class _LibrarySource:
    """A library's file, opened to read once in every thread that asks."""

    def __init__(self, path: Path, model: str, facets: Registry) -> None:
        self._path, self._model, self._facets, self._local = path, model, facets, threading.local()

    @property
    def _library(self) -> Library:
        if not hasattr(self._local, "library"):
            self._local.library = Library.open(self._path, read_only=True, facets=self._facets)
        return self._local.library

    def sketch(self, item: int) -> Sketch:
        return self._library.sketch(item, self._model)

    def identity(self, item: int) -> str:
        return self._library.track(item, self._model).identity

    def votes(self, item: int) -> tuple[Vote, ...]:
        analysis = self._library.track(item, self._model).analysis
        return () if analysis is None else hard_majority(analysis.timeline, analysis.genres)

    def genres(self) -> dict[int, str]:
        return majority_genres(self._library.chunk_genres(self._model))

    def facet(self, name: str) -> Facet[Any]:
        return self._facets[name]

    def value(self, name: str, item: int) -> Any:
        analysis = self._library.track(item, self._model).analysis
        return None if analysis is None else analysis.values.get(name)

    def column(self, name: str, items: np.ndarray) -> Column:
        return self._library.column(name, items, self._model)

    def lists(self, kinds: Sequence[str]) -> list[TrackList]:
        return self._library.lists(kinds)


def _as_lists(lists: Sequence[TrackList], items: np.ndarray) -> Lists:
    from scipy import sparse

    ids = np.concatenate([one.track_ids for one in lists]) if lists else np.zeros(0, np.int64)
    counts = np.concatenate([one.counts for one in lists]) if lists else np.zeros(0, np.float32)
    users = np.repeat(np.arange(len(lists)), [len(one.track_ids) for one in lists])
    known = np.isin(ids, items)
    entries = (counts[known], (users[known], np.searchsorted(items, ids[known])))
    pairs = sparse.csr_matrix(entries, shape=(len(lists), len(items)), dtype=np.float32)
    pairs.sum_duplicates()
    unheard = {*zip(users[~known].tolist(), ids[~known].tolist(), strict=True)}
    return Lists(pairs, tuple(one.kind for one in lists), len(unheard))
