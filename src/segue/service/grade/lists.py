"""What is graded on: lists of tracks from a library or from a research set, as users and items with content."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segue.errors import DatasetError, NotInLibrary
from segue.library.location import library_path
from segue.library.store import Library
from segue.model.network import shipped_model
from segue.model.passport import read_passport
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
    """Return the library's lists and how its tracks sound.

    Without ``kinds``: playlists and sessions of listening, or albums where there are none of these. Every
    track that was heard is an item, in a list or not. Raises NotInLibrary when there is no music or
    no such list, LibraryError when there is no library.
    """
    from segue.service.history import interactions_of, lists_of

    path = library_path(library)
    model = read_passport(shipped_model().with_suffix(".json")).model
    with Library.open(path, read_only=True) as opened:
        embeddings = opened.vectors(model)
        if not len(embeddings.track_ids):
            raise NotInLibrary(f"The library {path} holds no music yet; run `segue scan FOLDER` first.")
        found = lists_of(opened, kinds or ("playlist", "session"))
        if not found and kinds is None:
            found = lists_of(opened, ("album",))
        tracks = {track.track_id: track for track in opened.tracks(model)}
    if not found:
        wanted = " or ".join(f"{kind}s" for kind in kinds or KINDS)
        raise NotInLibrary(
            f"The library {path} holds no {wanted}; bring some in with `segue history import PATH`."
        )
    interactions, n_silent = interactions_of(found, embeddings.track_ids)
    ids = embeddings.track_ids.tolist()
    paths = [Path(tracks[i].paths[0]) for i in ids]
    content = ItemContent(
        audio=embeddings.vectors,
        metadata=None,
        artists=tuple(tracks[i].tags.artist for i in ids),
        titles=tuple(tracks[i].tags.title or path.stem for i, path in zip(ids, paths, strict=True)),
    )
    names = told_apart(content.artists, content.titles, [[path.name, str(path)] for path in paths])
    notes = [f"{n_silent:,} entries left out: their tracks cannot be heard."] if n_silent else []
    return _checked(
        Graded(
            str(path), dict(Counter(one.kind for one in found)), interactions, content, tuple(notes), names
        )
    )


def lists_in_dataset(dataset: str, data: Path) -> Graded:
    """Return a research set's users or playlists as lists. Raises DatasetError when it cannot be read."""
    from segue.research.interactions.registry import read_interactions

    interactions, content, report = read_interactions(dataset, data)
    ids = interactions.item_ids
    nothing = (None,) * len(ids)
    artists, titles = (content.artists, content.titles) if content else (nothing, nothing)
    names = told_apart(
        artists, [title or item for title, item in zip(titles, ids, strict=True)], [[item] for item in ids]
    )
    return _checked(
        Graded(
            dataset,
            {"list": len(interactions.user_ids)},
            interactions,
            content,
            tuple(report.sentences()),
            names,
        )
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


def _checked(graded: Graded) -> Graded:
    n = np.bincount(graded.interactions.users, minlength=len(graded.interactions.user_ids))
    if not (n >= MIN_TRACKS).any():
        raise DatasetError(
            f"None of the {len(n):,} lists of {graded.source} has {MIN_TRACKS} tracks or more: there is nothing to hide and "
            "put back."
        )
    return graded
