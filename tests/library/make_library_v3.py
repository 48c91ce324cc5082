"""Writes library_v3.sql: a library of version 3 as text, kept to test migrations on.

Made once by the segue that wrote version 3; run again it must be given that version's code.
    PYTHONPATH=src python -m tests.library.make_library_v3
"""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

from segue.library.records import ListEntry
from segue.library.store import Library
from segue.types import Tags
from tests.library.examples import put, silent

TARGET = Path(__file__).with_name("library_v3.sql")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "library.db"
        with Library.open(path) as library, library.scan(["/music"]) as scan:
            put(scan, "/music/one.mp3", 1, tags=Tags("One", "Björk", "Début", None, "Pop", "1993", 1))
            put(scan, "/music/again.mp3", 1, tags=Tags("One", "Björk", "Début", None, "Pop", "1993", 1))
            put(scan, b"/music/\xff\n.flac".decode("utf-8", "surrogateescape"), 2)
            scan.put_track("/music/silence.wav", 44, 5, "wav:silence", Tags(), silent())
            scan.put_failure("/music/bad.mp3", 3, 4, "decode", "It is damaged: replace it.")
            library.put_list(
                "Évening", "playlist", "/music/Évening.m3u", [ListEntry(2), ListEntry(1)], {"x": 1}
            )
            library.put_list(
                "me", "history", "/me.csv", [ListEntry(1, 1_700_000_000), ListEntry(1, None, 2.5)], {}
            )
        connection = sqlite3.connect(path)
        pragmas = [
            f"PRAGMA {name} = {connection.execute(f'PRAGMA {name}').fetchone()[0]};"
            for name in ("user_version", "application_id")
        ]
        TARGET.write_text("\n".join([*connection.iterdump(), *pragmas]) + "\n", encoding="utf-8")
        connection.close()


if __name__ == "__main__":
    main()
