"""A small set with known answers, in the form of mpd-audio: groups of users who choose within groups of items.

Tracks of a group sound alike, so content, others' choices and artists all lead to the same answers; exchanging
content among items must lose them.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np

from segue.research.interactions.content import DESCRIPTORS

N_GROUPS, ITEMS_EACH, USERS_EACH, LIST_LENGTH = 4, 24, 30, 9


def write_blocks(folder: Path, seed: int = 0) -> Path:
    """Write the two files of mpd-audio to ``folder`` and return it."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    heard = [name for name in DESCRIPTORS if name not in ("key", "mode", "time_signature")]
    header = ["item_idx", "artist_name", "track_name", *DESCRIPTORS, "artist_genres"]
    sounds = rng.random((N_GROUPS, len(heard)))
    items = []
    for item in range(N_GROUPS * ITEMS_EACH):
        group = item // ITEMS_EACH
        values = dict(zip(heard, sounds[group] + rng.normal(0, 0.05, len(heard)), strict=True))
        values |= {"key": 0, "mode": 1, "time_signature": 4}
        cells = [values[name] for name in DESCRIPTORS]
        items.append(
            ",".join(map(str, [item, f"Artist {item // 3}", f"Song {item}", *cells, f"genre{group}|music"]))
        )
    rows = []
    for user in range(N_GROUPS * USERS_EACH):
        start = user // USERS_EACH * ITEMS_EACH
        chosen = start + rng.permutation(ITEMS_EACH)[:LIST_LENGTH]
        rows += [f"{user},{item},{place}" for place, item in enumerate(chosen)]
    write_table(folder / "items_strict_id_5core.csv.gz", [",".join(header), *items])
    write_table(folder / "interactions_strict_id_5core.csv.gz", ["pid,item_idx,pos", *rows])
    return folder


def write_table(path: Path, lines: list[str]) -> None:
    """Write the lines of a compressed table."""
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in lines))
