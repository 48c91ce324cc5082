"""A research set of users or playlists as lists to grade on."""

from __future__ import annotations

from pathlib import Path

from segue.research.interactions.registry import read_interactions
from segue.service.grade.lists import Graded, checked, told_apart


def lists_in_dataset(dataset: str, data: Path) -> Graded:
    """Return a research set's users or playlists as lists. Raises DatasetError when it cannot be read."""
    interactions, content, report = read_interactions(dataset, data)
    ids = interactions.item_ids
    nothing = (None,) * len(ids)
    artists, titles = (content.artists, content.titles) if content else (nothing, nothing)
    names = told_apart(
        artists, [title or item for title, item in zip(titles, ids, strict=True)], [[item] for item in ids]
    )
    kinds = {"list": len(interactions.user_ids)}
    return checked(Graded(dataset, kinds, interactions, content, tuple(report.sentences()), names))
