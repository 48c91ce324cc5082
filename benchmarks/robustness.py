"""What a filter, a codec or a second of silence does to genres and to finding a piece again.

On the soundtrack pieces and GTZAN clips of `benchmarks.albums`, for every version of segue: how many genres change,
the cosine of a piece with its degraded copy, whether the copy finds its own piece first in the clean library, and
same-soundtrack retrieval where every piece has its own bandwidth and codec. GTZAN clips are those outside training.
MP3 at 64 kbit/s is made by ffmpeg (libmp3lame, stereo, 44.1 kHz) from whole tracks, the four shortest of each soundtrack.

    SEGUE_MUSIC=FOLDER python -m benchmarks.robustness [--model ...]
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from benchmarks import heard as hearing
from benchmarks import listeners
from benchmarks.music import shared
from benchmarks.recordings import Recording, recordings
from benchmarks.report import table, versions, write
from benchmarks.retrieval import album_shares, interval
from benchmarks.versions_of_segue import networks
from segue.model.network import Network

_MP3_EACH = 4


def outside_training(heard: list[Recording]) -> np.ndarray:
    """Rows of the GTZAN clips that are not in the training part of the fault-filtered split."""
    listed = (shared() / "data" / "gtzan" / "splits" / "train_filtered.txt").read_text().split()
    taught = {Path(line).stem for line in listed}
    return np.array(
        [i for i, r in enumerate(heard) if r.piece.album is None and r.piece.path.stem not in taught]
    )


def mp3_rows(heard: list[Recording]) -> list[int]:
    """The four shortest pieces of each soundtrack."""
    rows: list[int] = []
    for album in sorted({r.piece.album for r in heard if r.piece.album}):
        own = [i for i, r in enumerate(heard) if r.piece.album == album]
        rows += sorted(own, key=lambda i: soundfile.info(heard[i].piece.path).duration)[:_MP3_EACH]
    return rows


def through_mp3(path: Path) -> tuple[np.ndarray, int]:
    """The whole file through MP3 at 64 kbit/s, joint stereo, 44.1 kHz."""
    with tempfile.TemporaryDirectory() as folder:
        plain, out = Path(folder) / "piece.wav", Path(folder) / "piece.mp3"
        samples, rate_hz = soundfile.read(path, dtype="int16", always_2d=True)  # ffmpeg reads not all of them
        soundfile.write(plain, samples, rate_hz)
        command = ["ffmpeg", "-v", "error", "-i", str(plain), "-ac", "2", "-ar", "44100"]
        subprocess.run([*command, "-c:a", "libmp3lame", "-b:a", "64k", str(out)], check=True)
        return hearing.read(out)


def changes(
    clean: tuple[np.ndarray, np.ndarray], worse: tuple[np.ndarray, np.ndarray], rows: np.ndarray
) -> dict[str, float]:
    """Share of changed genres and the cosines of ``rows``; both hearings are of those rows' tracks."""
    changed = clean[0][rows].argmax(axis=1) != worse[0].argmax(axis=1)
    cosine = (clean[1][rows] * worse[1]).sum(axis=1)
    found = np.array([int(np.argmax(clean[1] @ e)) == r for e, r in zip(worse[1], rows, strict=True)])
    return {
        "n": len(rows),
        "genres_changed": float(changed.mean()),
        "cosine_mean": float(cosine.mean()),
        "cosine_lowest": float(cosine.min()),
        "finds_itself": float(found.mean()),
    }


def measured(
    network: Network, heard: list[Recording], mp3: dict[int, tuple[np.ndarray, int]]
) -> tuple[dict[str, Any], np.ndarray]:
    """All figures of one network, and each seed's share under random conditions."""
    albums = [r.piece.album for r in heard]
    seeds = np.array([i for i, a in enumerate(albums) if a is not None])
    clips = outside_training(heard)
    by = {c: listeners.embeddings(network, heard, c) for c in ("clean", "low5k", "silence", "random")}
    clean = by["clean"]
    out: dict[str, Any] = {}
    for name in ("low5k", "silence", "random"):
        for label, rows in (("clips", clips), ("pieces", seeds)):
            out[f"{name}_{label}"] = changes(clean, (by[name][0][rows], by[name][1][rows]), rows)
    copies = [
        hearing.listen(network, hearing.windows(*mp3[r], network.passport.front_end)) for r in sorted(mp3)
    ]
    whole = [
        hearing.listen(
            network, hearing.windows(*hearing.read(heard[r].piece.path), network.passport.front_end)
        )
        for r in sorted(mp3)
    ]
    rows = np.array(sorted(mp3))
    library = (clean[0].copy(), clean[1].copy())
    library[0][rows], library[1][rows] = np.stack([p for p, _ in whole]), np.stack([e for _, e in whole])
    out["mp3_64k_pieces"] = changes(
        library, (np.stack([p for p, _ in copies]), np.stack([e for _, e in copies])), rows
    )
    shares = album_shares(by["random"][1] @ by["random"][1].T, albums)
    out["albums_random"] = {"share": float(np.nanmean(shares)), "ci95": interval(shares, albums)}
    return out, shares


def main() -> None:
    """Measure, print and write docs/results/robustness.*."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, action="append", default=[], help="another version of segue")
    options = parser.parse_args()
    heard = recordings()
    albums = [r.piece.album for r in heard]
    mp3 = {r: through_mp3(heard[r].piece.path) for r in mp3_rows(heard)}
    found = {name: measured(network, heard, mp3) for name, network in networks(options.model).items()}
    names = list(found)
    rows: list[tuple[object, ...]] = []
    for key in next(iter(found.values()))[0]:
        if key == "albums_random":
            continue
        for what, fmt in (
            ("genres_changed", "{:.1%}"),
            ("finds_itself", "{:.3f}"),
            ("cosine_mean", "{:.3f}"),
            ("cosine_lowest", "{:.3f}"),
        ):
            n = found[names[0]][0][key]["n"]
            rows.append((key, n, what, *(fmt.format(found[name][0][key][what]) for name in names)))
    albums_row = ("albums, random bandwidth and codec", sum(a is not None for a in albums), "share")
    rows.append((*albums_row, *(f"{found[name][0]['albums_random']['share']:.3f}" for name in names)))
    gap = found[names[-1]][1] - found[names[0]][1]
    low, high = interval(gap, albums)
    difference = {"mean": float(np.nanmean(gap)), "ci95": [low, high]}
    markdown = "\n".join(
        [
            "# What filters, codecs and silence do",
            "",
            "`python -m benchmarks.robustness`: soundtrack pieces as in [albums.md](albums.md), and the shared GTZAN clips",
            "outside training. A low-pass is SciPy's `butter(10)` at 5 kHz by `sosfiltfilt`; silence is 1.2 s put before;",
            "random is a low-pass of 3 to 16 kHz and MP3, Opus or Vorbis, another for every piece. A degraded piece looks",
            "for itself among all clean ones.",
            "",
            table(("condition", "n", "measure", *names), rows),
            "",
            f"Same soundtrack under random conditions, {names[-1]} less {names[0]}: {difference['mean']:+.3f}",
            f"({low:+.3f} to {high:+.3f}, resampling soundtracks).",
        ]
    )
    data = {
        "command": "python -m benchmarks.robustness",
        "models": {n: f[0] for n, f in found.items()},
        "random_difference": difference,
        "versions": versions("numpy", "onnxruntime", "soundfile"),
    }
    write("robustness", markdown, data)


if __name__ == "__main__":
    main()
