"""Whether what a model finds similar comes from the same soundtrack, on ten that no version of segue learned from.

124 pieces of nine Debian packages (`benchmarks.pieces`) are seeds, with the shared GTZAN clips as bystanders; the
share of its own soundtrack among a seed's five nearest tracks is averaged over seeds, with no artist limit. Rows:
every version of segue, MFCC statistics, each teacher, bliss and musly. Intervals come from resampling soundtracks, and
differences are taken seed by seed. Scored once for each reported model: nothing is chosen by these pieces.

    SEGUE_MUSIC=FOLDER python -m benchmarks.albums [--model runs/seed0/segue-s-v2.onnx]

SEGUE_MUSIC/PACKAGE/usr/... holds unpacked packages; without it they are looked for where Debian installs them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from benchmarks import listeners
from benchmarks.recordings import Recording, recordings
from benchmarks.report import table, versions, write
from benchmarks.retrieval import album_shares, by_album, interval, unit
from benchmarks.versions_of_segue import networks

TEACHERS = ("mn04", "musicnn", "FCN")


def similarities(heard: list[Recording], models: list[Path], peers: bool) -> dict[str, np.ndarray]:
    """Return a matrix of similarities by method."""
    found: dict[str, np.ndarray] = {}
    vectors: dict[str, np.ndarray] = {}
    for name, network in networks(models).items():
        vectors[name] = listeners.embeddings(network, heard, "clean")[1]
    taught = {
        name: listeners.kept(name, lambda name=name: listeners.teacher(heard, name)) for name in TEACHERS
    }
    vectors |= {name: unit(rows, standardise=True) for name, rows in taught.items()}
    for name in [n for n in vectors if n.startswith("segue")]:
        vectors[f"mn04+{name}"] = unit(np.hstack((vectors["mn04"], vectors[name])))
    found |= {name: rows @ rows.T for name, rows in vectors.items()}
    found["MFCC statistics"] = listeners.kept("mfcc", lambda: listeners.mfcc(heard))
    if peers:
        found["bliss"] = listeners.kept("bliss", lambda: listeners.bliss(heard))
        for method in ("timbre", "mandelellis"):
            found[f"musly {method}"] = listeners.kept(
                f"musly-{method}", lambda method=method: listeners.musly(heard, method)
            )
    return found


def main() -> None:
    """Measure, print and write docs/results/albums.*."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, action="append", default=[], help="another version of segue")
    parser.add_argument("--without-peers", action="store_true", help="leave bliss and musly out")
    options = parser.parse_args()
    heard = recordings()
    albums = [r.piece.album for r in heard]
    found = similarities(heard, options.model, not options.without_peers)
    shares = {name: album_shares(matrix, albums) for name, matrix in found.items()}
    n_seeds = sum(a is not None for a in albums)
    sizes = [albums.count(a) for a in albums if a is not None]
    chance = float(np.mean([(size - 1) / (len(albums) - 1) for size in sizes]))
    names = sorted({a for a in albums if a is not None})
    rows, data = [], []
    for name, values in sorted(shares.items(), key=lambda row: -np.nanmean(row[1])):
        low, high = interval(values, albums)
        per_album = by_album(values, albums)
        mean = float(np.nanmean(values))
        rows.append(
            (name, f"{mean:.3f}", f"{low:.3f} to {high:.3f}", *(f"{per_album[a]:.2f}" for a in names))
        )
        data.append({"method": name, "share": mean, "ci95": [low, high], "per_album": per_album})
    pairs, differences = [], []
    newest = [n for n in shares if n.startswith("segue")][-1]
    for name, values in shares.items():
        if name == newest:
            continue
        gap = shares[newest] - values
        low, high = interval(gap, albums)
        ratio = float(np.nanmean(shares[newest]) / np.nanmean(values))
        pairs.append((name, f"{np.nanmean(gap):+.3f}", f"{low:+.3f} to {high:+.3f}", f"{ratio:.2f}"))
        differences.append({"to": name, "mean": float(np.nanmean(gap)), "ci95": [low, high], "ratio": ratio})
    markdown = "\n".join(
        [
            "# Same soundtrack among the first five",
            "",
            f"`python -m benchmarks.albums`: {len(albums)} tracks, {n_seeds} of them pieces of ten soundtracks that no",
            f"version learned from; {len(albums) - n_seeds} GTZAN clips stand by. By chance {chance:.3f}. Intervals resample soundtracks.",
            "",
            table(("method", "share", "95 % interval", *(a.replace("-music", "") for a in names)), rows),
            "",
            f"{newest} less each other row, seed by seed:",
            "",
            table(("less", "difference", "95 % interval", "ratio"), pairs),
        ]
    )
    write(
        "albums",
        markdown,
        {
            "command": "python -m benchmarks.albums",
            "n_tracks": len(albums),
            "n_seeds": n_seeds,
            "chance": chance,
            "rows": data,
            "differences": differences,
            "versions": versions("numpy", "onnxruntime", "torch", "librosa", "bliss-audio", "pymusly"),
        },
    )


if __name__ == "__main__":
    main()
