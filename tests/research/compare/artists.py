"""Two sets in the form of mpd-audio that differ in one thing only: whether genres say anything but who made a song."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from segue.research.interactions.content import DESCRIPTORS
from tests.research.compare.blocks import write_table

N_ARTISTS, SONGS_EACH, N_GENRES, N_USERS, ARTISTS_EACH = 48, 4, 6, 120, 3


def write_artists(folder: Path, *, with_meaning: bool, seed: int = 0) -> Path:
    """Write the two files to ``folder`` and return it. Users choose all but one song of some artists; sound is noise.

    ``with_meaning``: an artist's genre is one of a few, and users choose artists of one genre; otherwise an artist's
    genre is the artist's alone, and users choose artists by chance.
    """
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    header = ",".join(["item_idx", "artist_name", "track_name", *DESCRIPTORS, "artist_genres"])
    fixed = {"key": 0, "mode": 1, "time_signature": 4}
    items = [header]
    for item in range(N_ARTISTS * SONGS_EACH):
        artist = item // SONGS_EACH
        cells = [fixed.get(name, round(float(rng.random()), 4)) for name in DESCRIPTORS]
        genre = artist % N_GENRES if with_meaning else artist
        items.append(",".join(map(str, [item, f"Artist {artist}", f"Song {item}", *cells, f"genre{genre}"])))
    rows = ["pid,item_idx,pos"]
    for user in range(N_USERS):
        artists = np.arange(user % N_GENRES, N_ARTISTS, N_GENRES) if with_meaning else np.arange(N_ARTISTS)
        if with_meaning:  # one song of each of many artists: knowing who made it helps little
            chosen = [
                artist * SONGS_EACH + rng.integers(SONGS_EACH) for artist in rng.permutation(artists)[:8]
            ]
        else:
            some = rng.permutation(artists)[:ARTISTS_EACH]
            chosen = [a * SONGS_EACH + s for a in some for s in rng.permutation(SONGS_EACH)[:-1]]
        rows += [f"{user},{item},{place}" for place, item in enumerate(chosen)]
    write_table(folder / "items_strict_id_5core.csv.gz", items)
    write_table(folder / "interactions_strict_id_5core.csv.gz", rows)
    return folder
