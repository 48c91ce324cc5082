"""What is graded on: lists of tracks as users and items with content."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segue.errors import DatasetError, NotInLibrary
from segue.history.positions import as_interactions
from segue.library.location import library_path
from segue.library.store import Library
from segue.model.network import shipped_model
from segue.model.passport import read_passport
from segue.recommend.lists import content_of
from segue.recommend.snapshot import LIST_KINDS, Lists, Snapshot
from segue.types import Interactions, ItemContent

KINDS = ("playlist", "session", "album")
MIN_TRACKS = 3  # one to learn from, one to choose settings by, one to ask for


@dataclass(frozen=True, slots=True)
class Graded:
    """Lists as users and tracks as items; ``kinds`` counts lists by kind, ``notes`` what was left out.

    ``names`` says what each item is called, no two alike.
    """

    source: str
    kinds: dict[str, int]
    interactions: Interactions
    content: ItemContent | None
    notes: tuple[str, ...]
    names: tuple[str, ...]


def lists_in_library(library: str | None, kinds: Sequence[str] | None) -> Graded:
    """Return the library's lists and how its tracks sound, as `segue like` knows them.

    Without ``kinds``: playlists and sessions of listening, or albums where there are none of these. Every
    track that was heard is an item, in a list or not. Raises NotInLibrary when there is no music or
    no such list, LibraryError when there is no library.
    """
    path = library_path(library)
    model = read_passport(shipped_model().with_suffix(".json")).model
    with Library.open(path, read_only=True) as opened:
        snapshot = Snapshot.read(opened, model)
        if not len(snapshot):
            raise NotInLibrary(
                f"The library {path} holds no music yet; run `segue scan FOLDER` first.", code="library-empty"
            )
        found = snapshot.lists(kinds or LIST_KINDS)
        if not found.kinds and kinds is None:
            found = snapshot.lists(("album",))
        tracks = {track.track_id: track for track in opened.tracks(model)}
    if not found.kinds:
        wanted = " or ".join(f"{kind}s" for kind in kinds or KINDS)
        raise NotInLibrary(
            f"The library {path} holds no {wanted}; bring some in with `segue history import PATH`.",
            code="no-lists",
        )
    ids = snapshot.items.tolist()
    paths = [Path(tracks[i].paths[0]) for i in ids]
    titles = [tracks[i].tags.title or path.stem for i, path in zip(ids, paths, strict=True)]
    content = content_of(snapshot, titles)
    names = told_apart(content.artists, titles, [[path.name, str(path)] for path in paths])
    notes = (
        [f"{found.n_unheard:,} entries left out: their tracks cannot be heard."] if found.n_unheard else []
    )
    return checked(
        Graded(str(path), dict(Counter(found.kinds)), _interactions(found, ids), content, tuple(notes), names)
    )


def _interactions(lists: Lists, ids: Sequence[int]) -> Interactions:
    pairs = lists.pairs.tocoo()
    return as_interactions(
        "library",
        [str(k) for k in range(pairs.shape[0])],
        [str(track_id) for track_id in ids],
        pairs.row.astype(np.int64),
        pairs.col.astype(np.int64),
        pairs.data,
    )


def told_apart(
    artists: Sequence[str | None], titles: Sequence[str], more: Sequence[Sequence[str]]
) -> tuple[str, ...]:
    """Return ``artist: title`` of each, the title alone where nobody is named, and in brackets the first of ``more[i]``
    by which no two are alike, where names alone are."""
    plain = [f"{artist}: {title}" if artist else title for artist, title in zip(artists, titles, strict=True)]
    names = plain
    for level in range(max((len(one) for one in more), default=0)):
        n_called = Counter(names)
        names = [
            name if n_called[name] == 1 else f"{first} ({words[level]})"
            for name, first, words in zip(names, plain, more, strict=True)
        ]
    return tuple(names)


def checked(graded: Graded) -> Graded:
    """Return ``graded``. Raises DatasetError (code ``lists-too-short``) where no list is long enough to hide a track of."""
    n = np.bincount(graded.interactions.users, minlength=len(graded.interactions.user_ids))
    if not (n >= MIN_TRACKS).any():
        raise DatasetError(
            f"None of the {len(n):,} lists of {graded.source} has {MIN_TRACKS} tracks or more: there is nothing to hide and "
            "put back.",
            code="lists-too-short",
        )
    return graded
