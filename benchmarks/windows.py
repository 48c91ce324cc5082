"""What hearing only some windows of a track costs and loses, against hearing all of it.

Full-length soundtrack pieces are analysed with 1, 2, 3, ... windows of 30 s and with as many as cover
them. The network's and the rest's CPU time are measured apart; loss is told by how often the likeliest
genre stays, how far probabilities move, and the cosine of the embedding with that of the whole.

    python -m benchmarks.windows
"""

from __future__ import annotations

import statistics
import time

import numpy as np

from benchmarks.music import soundtracks
from benchmarks.report import table, versions, write
from segue.analysis.settings import ALL_WINDOWS, AnalysisSettings
from segue.analysis.track import Analyser, measure
from segue.audio.open import open_audio
from segue.facets.registry import registry
from segue.model.network import Network, shipped_model
from segue.types import TrackAnalysis

_PACKAGES = ("planetblupi-music-ogg", "hyperrogue-music", "singularity-music", "fretsonfire-songs-muldjord")
NUMBERS = (1, 2, 3, 4, 6, 10, ALL_WINDOWS)
_LONG_S = 90.0  # shorter pieces are covered by three windows


def probabilities(analysis: TrackAnalysis) -> np.ndarray:
    """Return the genre probabilities in alphabetical order of genres."""
    return np.array([g.probability for g in sorted(analysis.genres, key=lambda g: g.genre)])


def main() -> None:
    """Measure, print and write docs/results/windows.*."""
    network = Network(shipped_model())
    front_end = network.passport.front_end
    by_number: dict[int, list[tuple[float, TrackAnalysis]]] = {n: [] for n in NUMBERS}
    heard_s, lengths_s = [], []
    for path in (p for paths in soundtracks(*_PACKAGES).values() for p in paths):
        started_s = time.process_time()
        with open_audio(path) as stream:
            measured = measure(stream, front_end, [f for f in registry().heard if f.name != "loudness"])
        rest_s = time.process_time() - started_s
        if measured.duration_s < _LONG_S:
            continue
        lengths_s.append(measured.duration_s)
        heard_s.append(rest_s)
        for n in NUMBERS:
            started_s = time.process_time()
            analysis = Analyser(network, AnalysisSettings(n_windows=n)).conclude(measured)
            by_number[n].append((time.process_time() - started_s, analysis))

    rows, data = [], []
    whole = [analysis for _, analysis in by_number[ALL_WINDOWS]]
    for n in NUMBERS:
        cost_s = [seconds for seconds, _ in by_number[n]]
        pairs = list(zip((a for _, a in by_number[n]), whole, strict=True))
        same = statistics.mean(a.genres[0].genre == b.genres[0].genre for a, b in pairs)
        moved = statistics.mean(
            float(np.abs(probabilities(a) - probabilities(b)).sum() / 2) for a, b in pairs
        )
        cosine = [float(a.embedding @ b.embedding) for a, b in pairs]
        label = "all" if n == ALL_WINDOWS else str(n)
        share = statistics.median(c / (c + r) for c, r in zip(cost_s, heard_s, strict=True))
        rows.append(
            (label, f"{1000 * statistics.median(cost_s):.0f}", f"{share:.1%}", f"{same:.1%}", f"{moved:.3f}",
             f"{statistics.median(cosine):.3f}", f"{min(cosine):.3f}")
        )  # fmt: skip
        data.append(
            {"windows": label, "cpu_ms_median": 1000 * statistics.median(cost_s), "share_of_analysis": share,
             "same_top_genre": same, "probability_moved": moved, "cosine_median": statistics.median(cosine),
             "cosine_min": min(cosine)}
        )  # fmt: skip
    markdown = "\n".join(
        [
            "# What the number of windows costs and loses",
            "",
            f"`python -m benchmarks.windows`: {len(lengths_s)} soundtrack pieces of {min(lengths_s) / 60:.1f} to "
            f"{max(lengths_s) / 60:.1f} minutes (median {statistics.median(lengths_s) / 60:.1f}),",
            "each analysed whole once and judged with each number of windows of 30 s; one thread. Cost is the network with",
            "tempo and key, its share that of the analysis without loudness. *Moved* is the probability mass that lies",
            "elsewhere than when everything is heard (0 to 1).",
            "",
            table(
                (
                    "windows",
                    "CPU ms, median",
                    "share of analysis",
                    "same likeliest genre",
                    "moved",
                    "cosine, median",
                    "cosine, worst",
                ),
                rows,
            ),
        ]
    )
    write(
        "windows", markdown, {"n": len(lengths_s), "rows": data, "versions": versions("numpy", "onnxruntime")}
    )


if __name__ == "__main__":
    main()
