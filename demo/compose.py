"""Compose segue's demo library: ``python demo/compose.py OUT_DIR [--seed 0]``.

Twenty-four short pieces in six styles, all of them made up by this program from a seed, so
that segue can be tried on a machine without any music. The same seed gives the same files.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from catalogue import Piece, pieces
from sound import SAMPLE_RATE_HZ
from write import FORMATS, write_track

README = """\
The music in this folder is synthetic: a program, segue's demo/compose.py (seed {seed}), composed and
rendered all of it. Artists and titles are invented, nobody performed anything, and no recording of
anyone was used. It is here to try segue on and says nothing about how well segue hears real music.

manifest.json lists the key and tempo each piece was composed in.
"""


def compose(out_dir: Path, seed: int = 0) -> list[dict]:
    """The manifest of the library just written to ``out_dir``, one entry per piece.

    The same list is written as manifest.json, last, so its presence says that the library is complete.
    """
    manifest = []
    for n, piece in enumerate(pieces(seed)):
        # Every style meets every format: what fits next must not be a matter of the codec.
        suffix = FORMATS[(n + n // len(FORMATS)) % len(FORMATS)].lower()
        path = Path(piece.genre) / f"{piece.track_number:02d} {piece.title}.{suffix}"
        (out_dir / path).parent.mkdir(parents=True, exist_ok=True)
        write_track(out_dir / path, piece.audio, tags_of(piece))
        manifest.append(entry_of(piece, path))
    (out_dir / "README.txt").write_text(README.format(seed=seed), encoding="utf-8")
    document = {"synthetic": True, "seed": seed, "pieces": manifest}
    (out_dir / "manifest.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return manifest


def tags_of(piece: Piece) -> dict[str, str]:
    """A piece's tags, named as libsndfile names them."""
    return {
        "title": piece.title,
        "artist": piece.artist,
        "album": f"segue demo: {piece.genre}",
        "genre": piece.genre,
        "tracknumber": str(piece.track_number),
        "comment": "Synthetic: composed and rendered by segue's demo/compose.py",
    }


def entry_of(piece: Piece, path: Path) -> dict:
    """A piece's entry in the manifest: its tags and what is true of its music.

    ``path`` is relative to the library. ``steady`` is False where no beat carries the tempo
    ``bpm`` all the way.
    """
    return {
        "path": path.as_posix(),
        "title": piece.title,
        "artist": piece.artist,
        "album": f"segue demo: {piece.genre}",
        "genre": piece.genre,
        "track_number": piece.track_number,
        "duration_s": round(piece.audio.shape[1] / SAMPLE_RATE_HZ, 3),
        "bpm": piece.bpm,
        "steady": piece.steady,
        "key": {"tonic": piece.key.tonic, "mode": piece.key.mode},
    }


def main() -> None:
    """Read the command line, compose, and say what was made."""
    parser = argparse.ArgumentParser(description="Compose segue's synthetic demo library.")
    parser.add_argument("out_dir", type=Path, help="folder to write the pieces to")
    parser.add_argument("--seed", type=int, default=0, help="another seed, another library (default 0)")
    args = parser.parse_args()
    manifest = compose(args.out_dir, args.seed)
    genres = ", ".join(dict.fromkeys(entry["genre"] for entry in manifest))
    print(f"Composed {len(manifest)} synthetic pieces ({genres}) in {args.out_dir}")


if __name__ == "__main__":
    main()
