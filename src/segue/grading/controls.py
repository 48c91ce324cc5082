"""Controls for content: what of items' content is exchanged among items, or among artists.

Exchanging items breaks what content says and whom it names. Where all items of an artist have the same content (genres
of the artist), content also tells which items are by the same artist. Exchanging artists, so that all items of one
artist get another artist's content, keeps that and breaks only what the content says.
"""

from __future__ import annotations

import numpy as np

from segue.recommend.models.baselines import artist_numbers
from segue.types import ItemContent

PARTS = ("audio", "metadata")
# A part counts as constant where so many of the items of artists with several have their artist's commonest content,
SAME = 0.95
# and as telling artists apart where so many items are by artists with several: else exchanging either is the same.
SEVERAL = 0.1


def shuffled(content: ItemContent, seed: int) -> ItemContent:
    """Return the content with rows exchanged among items, audio and metadata together; artists stay as they are."""
    n_items = len(content.artists)
    order = np.random.default_rng([seed, 0x5EED]).permutation(n_items)
    parts = {name: getattr(content, name) for name in PARTS}
    moved = {name: None if part is None else part[order] for name, part in parts.items()}
    return ItemContent(moved["audio"], moved["metadata"], content.artists, content.titles)


def exchanged(content: ItemContent, seed: int) -> ItemContent:
    """Return the content with what is constant within artists exchanged among artists, all other content as it is.

    Every item of an artist gets the commonest content of one other artist, both parts of the same; an item whose
    artist is not named is an artist of its own.
    """
    numbers = artist_numbers(content.artists)
    n_artists = int(numbers.max()) + 1
    order = np.random.default_rng([seed, 0xA57]).permutation(n_artists)
    parts = {name: getattr(content, name) for name in PARTS}
    for name in constant_parts(content):
        of_artist = parts[name][_commonest(parts[name], numbers)]
        parts[name] = of_artist[order][numbers]
    return ItemContent(parts["audio"], parts["metadata"], content.artists, content.titles)


def constant_parts(content: ItemContent | None) -> frozenset[str]:
    """Return which of "audio" and "metadata" are the same for all items of an artist, and so name artists."""
    if content is None or not any(content.artists):
        return frozenset()
    numbers = artist_numbers(content.artists)
    several = np.bincount(numbers)[numbers] > 1
    if several.mean() < SEVERAL:
        return frozenset()
    found = set()
    for name in PARTS:
        part = getattr(content, name)
        if part is not None:
            same = (part == part[_commonest(part, numbers)][numbers]).all(axis=1)
            found |= {name} if same[several].mean() >= SAME else set()
    return frozenset(found)


def _commonest(part: np.ndarray, artists: np.ndarray) -> np.ndarray:
    """int64 (n_artists,): for each artist an item whose row most of the artist's items have, the first of equals."""
    _, row = np.unique(part, axis=0, return_inverse=True)
    row = row.reshape(-1)
    _, pair, n = np.unique(artists * (row.max() + 1) + row, return_inverse=True, return_counts=True)
    order = np.lexsort((-n[pair], artists))  # stable: the first item of equals stays first
    _, first = np.unique(artists[order], return_index=True)
    return order[first]
