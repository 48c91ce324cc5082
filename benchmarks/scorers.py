"""What `like --by cf` and `--by hybrid` of earlier versions put back, beside the models that answer now.

They were never graded: cf was the mean, over the seeds, of the cosine of the lists that two tracks are in (Linden,
Smith and York 2003), unfitted; hybrid a blend ``w cf + (1 - w) content``, w the trust in the track times the mean trust
in the seeds, a track in n lists trusted n / (n + 3). Here they are measured by the protocol of `segue grade` on the
playlists of mpd-audio and on playlists drawn from the albums of Debian's game soundtracks (see benchmarks.grade).

    python -m benchmarks.scorers [--data DIR] [--seeds 1] [--packages NAME...]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse

from benchmarks.grade import write_playlists
from benchmarks.music import SOUNDTRACKS, shared, soundtracks
from benchmarks.report import table, versions, write
from segue.analysis.settings import AnalysisSettings
from segue.encode import document
from segue.grading.report import ComparisonReport
from segue.grading.run import compare
from segue.grading.table import report_of
from segue.recommend.models.content import Cosines, described
from segue.recommend.models.contract import Kind, Settings, Training
from segue.recommend.models.registry import MODELS
from segue.recommend.models.scorers import ItemWeights, chosen
from segue.research.interactions.registry import read_interactions
from segue.service.grade.lists import lists_in_library
from segue.service.history import import_history
from segue.service.scan import ScanSettings, scan_folders

BEFORE_CF, BEFORE_HYBRID = "cf (before)", "hybrid (before)"
ASKED = (
    "random",
    "popularity",
    "content",
    BEFORE_CF,
    "itemknn",
    "ease",
    BEFORE_HYBRID,
    "hybrid-trust",
    "hybrid",
)
_DOUBT_LISTS = 3.0


@dataclass(frozen=True, slots=True)
class BlendBefore:
    """``cosines[j, i]`` of lists float32; ``trust`` float32 ``(n_items,)`` in [0, 1)."""

    cosines: ItemWeights
    content: Cosines
    trust: np.ndarray

    def score(self, histories: sparse.csr_matrix) -> np.ndarray:
        items = chosen(histories)
        n = np.maximum(np.diff(items.indptr), 1)[:, None].astype(np.float32)
        weight = (items @ self.trust)[:, None] / n * self.trust
        return weight * self.cosines.score(histories) / n + (1 - weight) * self.content.score(histories)

    def arrays(self) -> dict[str, np.ndarray]:
        return {}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> BlendBefore:
        raise NotImplementedError("the benchmark saves nothing")


def cosines_of_lists(data: Training) -> ItemWeights:
    """The cosine of the lists that every two items are in."""
    held = chosen(data.pairs)
    n_lists = np.maximum(held.getnnz(axis=0), 1)
    scaled = (held @ sparse.diags(1 / np.sqrt(n_lists))).astype(np.float32)
    return ItemWeights((scaled.T @ scaled).toarray())


def _fit_cf(data: Training, settings: Settings) -> ItemWeights:
    return cosines_of_lists(data)


def _fit_hybrid(data: Training, settings: Settings) -> BlendBefore:
    n_lists = data.pairs.getnnz(axis=0)
    trust = (n_lists / (n_lists + _DOUBT_LISTS)).astype(np.float32)
    return BlendBefore(cosines_of_lists(data), Cosines(described(data.content, 0.0)), trust)


KINDS = {
    **MODELS,
    BEFORE_CF: Kind(BEFORE_CF, "cosine of lists, unfitted", "warm", _fit_cf),
    BEFORE_HYBRID: Kind(
        BEFORE_HYBRID,
        "cosine of lists and of sound, by trust",
        "all",
        _fit_hybrid,
        needs=frozenset({"audio"}),
    ),
}


def measured(interactions, content, n_seeds: int, out: Path) -> ComparisonReport:
    return report_of(
        compare(
            interactions,
            content,
            "warm",
            models=ASKED,
            kinds=KINDS,
            seeds=range(n_seeds),
            out=out,
            step=lambda what, *_: print(what, flush=True),
        )
    )


def rows_of(report: ComparisonReport) -> list[list[str]]:
    rows = []
    for row in sorted(report.rows, key=lambda row: -(row.value("recall@20") or 0)):
        found = row.estimate("recall@20")
        gap = {
            name: report.difference(name, row.model, "recall@20")
            for name in ("itemknn", "hybrid")
            if name != row.model
        }
        rows.append(
            [
                row.model,
                f"{found.value:.3f}",
                f"{found.low:.3f} to {found.high:.3f}",
                f"{row.value('ndcg@10'):.3f}",
                *(
                    f"{gap[name].value:+.3f} ({gap[name].low:+.3f} to {gap[name].high:+.3f})"
                    if name in gap
                    else "-"
                    for name in ("itemknn", "hybrid")
                ),
            ]
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--seeds", type=int, default=1, help="divisions of mpd-audio; soundtracks have five")
    parser.add_argument("--packages", nargs="+", default=list(SOUNDTRACKS))
    options = parser.parse_args()
    folder = options.data or shared() / "data" / "interactions" / "mpd_audio"
    interactions, content, _ = read_interactions("mpd-audio", folder)
    reports = {}
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        reports["mpd-audio"] = measured(interactions, content, options.seeds, scratch / "mpd")
        library, lists = scratch / "library.db", scratch / "lists"
        settings = ScanSettings(analysis=AnalysisSettings(n_windows=1, loudness=False))
        scan_folders([str(SOUNDTRACKS[one]) for one in options.packages], library=library, settings=settings)
        lists.mkdir()
        write_playlists(soundtracks(*options.packages), lists)
        import_history(lists, kind="playlists", library=str(library))
        graded = lists_in_library(str(library), ("playlist",))
        reports["soundtracks"] = measured(graded.interactions, graded.content, 5, scratch / "soundtracks")
    heading = ["model", "Recall@20", "95 %", "NDCG@10", "itemknn minus it", "hybrid minus it"]
    parts = [
        "# `cf` and `hybrid` of earlier versions beside today's models",
        "Made by `python -m benchmarks.scorers`. "
        f"*{BEFORE_CF}* and *{BEFORE_HYBRID}* are what `segue like --by cf` and `--by hybrid` answered with until "
        "December 2026 and nobody had measured; the other rows are what `segue like --by NAME` answers with now. Protocol of "
        "`segue grade` (warm): a fifth of every list is hidden. Differences are paired by list.",
    ]
    for source, report in reports.items():
        parts += [
            f"## {source}",
            f"{report.n_users_asked[0]:,} lists asked, {report.n_items:,} tracks, {len(report.seeds)} divisions.",
            table(heading, rows_of(report)),
        ]
    write(
        "scorers",
        "\n\n".join(parts),
        {
            "reports": {source: document(report) for source, report in reports.items()},
            "versions": versions("numpy", "scipy", "implicit"),
        },
    )


if __name__ == "__main__":
    main()
