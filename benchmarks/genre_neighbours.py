"""Whether a GTZAN clip finds its own genre, no artist twice, among the 60 shared clips; asked by clips outside training.

SEGUE_MUSIC=FOLDER python -m benchmarks.genre_neighbours [--model ...]
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np

from benchmarks import listeners
from benchmarks.music import shared
from benchmarks.recordings import recordings
from benchmarks.report import table, versions, write
from benchmarks.retrieval import TOP, unit
from benchmarks.robustness import outside_training
from benchmarks.versions_of_segue import networks

TEACHERS = ("mn04", "musicnn", "FCN")

_RESAMPLES = 2000


def genre_shares(
    similarity: np.ndarray, genres: list[str], artists: list[str], asking: np.ndarray
) -> np.ndarray:
    """Return for each of the rows ``asking`` the share of its genre among five clips by five other artists."""
    shares = []
    for row in asking:
        heard, met = [], {artists[row]}
        for other in np.argsort(-similarity[row], kind="stable"):
            if other == row or artists[other] in met:
                continue
            met.add(artists[other])
            heard.append(genres[other] == genres[row])
            if len(heard) == TOP:
                break
        shares.append(float(np.mean(heard)))
    return np.array(shares)


def main() -> None:
    """Measure, print and write docs/results/genre-neighbours.*."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, action="append", default=[], help="another version of segue")
    options = parser.parse_args()
    everything = recordings()
    heard = everything
    asking = outside_training(heard)
    first = min(i for i, r in enumerate(heard) if r.piece.album is None)
    heard, asking = heard[first:], asking - first
    with (shared() / "data" / "gtzan" / "tracks.csv").open(encoding="utf-8") as stream:
        artist_of = {row["track_id"]: row["artist"] for row in csv.DictReader(stream)}
    names = [r.piece.path.stem for r in heard]
    genres = [name.split(".")[0] for name in names]
    artists = [artist_of.get(name) or f"unknown artist of {name}" for name in names]
    vectors = {n: listeners.embeddings(net, heard, "clean")[1] for n, net in networks(options.model).items()}
    for name in TEACHERS:
        kept = listeners.kept(name, lambda name=name: listeners.teacher(everything, name))
        vectors[name] = unit(kept[first:], standardise=True)
    shares = {n: genre_shares(v @ v.T, genres, artists, asking) for n, v in vectors.items()}
    shares["MFCC statistics"] = genre_shares(listeners.mfcc(heard), genres, artists, asking)
    rng = np.random.default_rng(0)
    drawn = rng.integers(len(asking), size=(_RESAMPLES, len(asking)))
    rows, data = [], []
    newest = [n for n in shares if n.startswith("segue")][-1]
    for name, values in sorted(shares.items(), key=lambda row: -row[1].mean()):
        low, high = np.percentile(values[drawn].mean(axis=1), [2.5, 97.5])
        gap = (shares[newest] - values)[drawn].mean(axis=1)
        gap_low, gap_high = np.percentile(gap, [2.5, 97.5])
        difference = float((shares[newest] - values).mean())
        rows.append(
            (
                name,
                f"{values.mean():.3f}",
                f"{low:.3f} to {high:.3f}",
                f"{difference:+.3f} ({gap_low:+.3f} to {gap_high:+.3f})",
            )
        )
        data.append({"method": name, "share": float(values.mean()), "ci95": [float(low), float(high)]})
    markdown = "\n".join(
        [
            "# Same genre among the first five, no artist twice",
            "",
            f"`python -m benchmarks.genre_neighbours`: the {len(heard)} shared GTZAN clips, asked by the {len(asking)} outside training.",
            "Intervals resample the asking clips.",
            "",
            table(("method", "share", "95 % interval", f"{newest} less this"), rows),
        ]
    )
    write(
        "genre-neighbours",
        markdown,
        {
            "command": "python -m benchmarks.genre_neighbours",
            "n_clips": len(heard),
            "n_asking": len(asking),
            "rows": data,
            "versions": versions("numpy", "onnxruntime", "torch", "librosa"),
        },
    )


if __name__ == "__main__":
    main()
