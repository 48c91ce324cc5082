"""Whether what segue finds similar comes from the same album, beside MFCC statistics on the same files.

Debian's soundtracks that had no part in making the embedding, and the real GTZAN clips, are analysed
and every soundtrack piece is a seed; the share of its album among the first five tracks is averaged (no artist limit, so the whole
album may come). The peer is the usual baseline: mean and standard deviation of 20 MFCCs (librosa),
standardised over the collection, by cosine. Both rank all other tracks; an interval comes from
resampling seeds.

    python -m benchmarks.albums [--packages hyperrogue-music wesnoth-1.16-music warzone2100-music]
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.music import gtzan_clips, soundtracks
from benchmarks.report import table, versions, write
from segue.analysis.settings import AnalysisSettings
from segue.audio.mono import read_mono
from segue.metrics.retrieval import mean_share, same_label_share
from segue.service.jobs import AnalyseJob

TOP = 5
# planetblupi, singularity and muldjord helped to choose the embedding (docs/results/model-v1.md).
KEPT_ASIDE = ("hyperrogue-music", "wesnoth-1.16-music", "warzone2100-music")
_RATE_HZ = 22_050
_RESAMPLES = 2000


def segue_vectors(paths: list[Path], n_windows: int) -> dict[Path, np.ndarray]:
    """Return segue's embedding, unit length ``(dim,)``, of every track that is not silent."""
    job = AnalyseJob(None, AnalysisSettings(n_windows=n_windows, loudness=False))
    embeddings = {path: job(str(path)).embedding for path in paths}
    return {path: embedding for path, embedding in embeddings.items() if embedding is not None}


def mfcc_vectors(paths: list[Path]) -> np.ndarray:
    """Return standardised MFCC statistics, unit length, ``(n_tracks, 40)``."""
    import librosa

    rows = []
    for path in paths:
        mfcc = librosa.feature.mfcc(y=read_mono(path, _RATE_HZ), sr=_RATE_HZ, n_mfcc=20)
        rows.append(np.concatenate([mfcc.mean(axis=1), mfcc.std(axis=1)]))
    matrix = np.stack(rows)
    matrix = (matrix - matrix.mean(axis=0)) / matrix.std(axis=0)
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


def shares(vectors: np.ndarray, albums: list[str | None]) -> list[float | None]:
    """Return for every track the share of its album among its nearest tracks by cosine."""
    cosine = vectors @ vectors.T
    np.fill_diagonal(cosine, -np.inf)
    order = np.argsort(-cosine, axis=1, kind="stable")[:, :-1]
    return [
        same_label_share(albums[row], [albums[i] for i in order[row, :TOP]], TOP)
        for row in range(len(albums))
    ]


def interval(values: list[float], rng: np.random.Generator) -> tuple[float, float]:
    """Return the 95 % percentile interval of the mean over resampled seeds."""
    draws = rng.choice(np.array(values), (_RESAMPLES, len(values))).mean(axis=1)
    low, high = np.percentile(draws, [2.5, 97.5])
    return float(low), float(high)


def main() -> None:
    """Measure, print and write docs/results/albums.*."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--packages", nargs="+", default=list(KEPT_ASIDE))
    parser.add_argument("--windows", type=int, default=AnalysisSettings().n_windows)
    parser.add_argument("--name", default="albums", help="name of the result files")
    options = parser.parse_args()
    albums: list[str | None] = []
    paths: list[Path] = []
    for package, files in soundtracks(*options.packages).items():
        paths += files
        albums += [package] * len(files)
    clips = gtzan_clips()
    paths += clips
    albums += [None] * len(clips)

    embeddings = segue_vectors(
        paths, options.windows
    )  # soundtracks hold silent pieces, which no one looks for
    albums = [album for path, album in zip(paths, albums, strict=True) if path in embeddings]
    paths = list(embeddings)
    rng = np.random.default_rng(0)
    found = {
        "segue": shares(np.stack(list(embeddings.values())), albums),
        "MFCC statistics": shares(mfcc_vectors(paths), albums),
    }
    rows, data = [], []
    for name, values in found.items():
        known = [v for v in values if v is not None]
        low, high = interval(known, rng)
        per_album = {
            album: mean_share([v for v, a in zip(values, albums, strict=True) if a == album])
            for album in options.packages
        }
        rows.append(
            (
                name,
                f"{mean_share(values):.3f}",
                f"{low:.3f}-{high:.3f}",
                *(f"{s:.3f}" for s in per_album.values()),
            )
        )
        data.append(
            {"method": name, "share": mean_share(values), "ci95": [low, high], "per_album": per_album}
        )
    differences = {}
    for album in ("all", *options.packages):
        paired = [
            a - b
            for a, b, label in zip(found["segue"], found["MFCC statistics"], albums, strict=True)
            if label is not None and album in ("all", label)
        ]
        differences[album] = (float(np.mean(paired)), *interval(paired, rng))
    write_report(options, paths, albums, rows, data, differences)


def write_report(
    options: argparse.Namespace,
    paths: list[Path],
    albums: list[str | None],
    rows: list[tuple[str, ...]],
    data: list[dict[str, Any]],
    differences: dict[str, tuple[float, float, float]],
) -> None:
    """Write the table with what chance would give."""
    seeds = [a for a in albums if a is not None]
    chance = float(np.mean([(seeds.count(a) - 1) / (len(paths) - 1) for a in seeds]))
    command = (
        f"python -m benchmarks.albums --packages {' '.join(options.packages)} --windows {options.windows}"
    )
    markdown = "\n".join(
        [
            "# Same album among the first five",
            "",
            f"`{command}`: {len(paths)} tracks ({', '.join(f'{seeds.count(p)} of {p}' for p in options.packages)},",
            f"{len(paths) - len(seeds)} GTZAN clips); the {len(seeds)} soundtrack pieces are the seeds. By chance: {chance:.3f}.",
            "",
            table(("method", "share in the top 5", "95 % interval", *options.packages), rows),
            "",
            "segue - MFCC statistics, paired over seeds, with 95 % intervals:",
            "",
            table(
                ("album", "seeds", "difference", "95 % interval"),
                [
                    (
                        album,
                        len(seeds) if album == "all" else seeds.count(album),
                        f"{mean:+.3f}",
                        f"{low:+.3f} to {high:+.3f}",
                    )
                    for album, (mean, low, high) in differences.items()
                ],
            ),
            "",
            "Soundtracks kept aside while the model and its embedding were made: hyperrogue, wesnoth, warzone2100; the others helped to choose it.",
        ]
    )
    write(
        options.name,
        markdown,
        {
            "command": command,
            "n_tracks": len(paths),
            "n_seeds": len(seeds),
            "chance": chance,
            "rows": data,
            "difference": {
                album: {"mean": mean, "ci95": [low, high]} for album, (mean, low, high) in differences.items()
            },
            "versions": versions("numpy", "onnxruntime", "librosa"),
        },
    )


if __name__ == "__main__":
    main()
