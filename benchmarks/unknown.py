"""What models say about music of genres they cannot know: generated songs whose prompt lies outside the ten genres.

Known music is GTZAN's validation part, from the mel archive. AUROC is how well "not one of these" tells the two apart:
by the model's own doubt where it has one, by entropy otherwise. Beside it the share of outside songs that get a
name with more than 0.6. The songs are machine-made and their prompts weak labels; none of the labels was learned from.

    python -m benchmarks.unknown [--model ...]
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks import heard as hearing
from benchmarks.music import shared
from benchmarks.report import table, versions, write
from benchmarks.versions_of_segue import networks
from segue.facets.doubt import doubt, with_doubt
from segue.model.network import Network
from segue.model.vote import chunk_log_probabilities, vote
from segue.signal.windows import Window

_SURE = 0.6


def outside_songs(classes: tuple[str, ...]) -> list[Path]:
    """The generated songs whose prompt names a genre outside ``classes``."""
    root = shared() / "data"
    with (root / "songs_generated.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return [
        root / "songs_generated" / row["file"]
        for row in rows
        if row["genre_from_prompt"] not in ("", *classes)
    ]


def validation_clips() -> list[np.ndarray]:
    """The mel spectrograms of GTZAN's validation part, float32 in [0, 1]."""
    gtzan = shared() / "data" / "gtzan"
    wanted = {Path(line).stem for line in (gtzan / "splits" / "valid_filtered.txt").read_text().split()}
    with np.load(gtzan / "mel128x387_uint8.npz") as file:
        mel, ids = file["mel"], [str(i) for i in file["track_id"]]
    return [mel[k].astype(np.float32) / 255.0 for k, i in enumerate(ids) if i in wanted]


def heard_in(network: Network, windows: list[Window]) -> tuple[float, float]:
    """Return doubt (entropy in nats where the model has no other) and the largest probability of one piece."""
    found = [network(w.mel) for w in windows]
    votes = np.concatenate(
        [chunk_log_probabilities(f.logits, 6, network.passport.temperature) for f in found]
    )
    probabilities = vote(votes)
    entropy = float(-(probabilities * np.log(np.maximum(probabilities, 1e-12))).sum())
    scale = network.passport.doubt
    if scale is None:
        return entropy, float(probabilities.max())
    familiarity = float(np.mean([f.familiarity for f in found if f.familiarity is not None]))
    judged = doubt(probabilities, familiarity, scale)
    return judged.probability, float(with_doubt(probabilities, judged).max())


def main() -> None:
    """Measure, print and write docs/results/unknown.*."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, action="append", default=[], help="another version of segue")
    options = parser.parse_args()
    models = networks(options.model)
    classes = next(iter(models.values())).passport.classes
    songs = [hearing.read(path) for path in outside_songs(classes)]
    clips = validation_clips()
    rows, data = [], []
    for name, network in models.items():
        inside = [heard_in(network, [Window(mel, 0.0, 30.0, 1.0, (0, mel.shape[1]))]) for mel in clips]
        outside = [heard_in(network, hearing.windows(*song, network.passport.front_end)) for song in songs]
        truth = [0] * len(inside) + [1] * len(outside)
        auroc = float(roc_auc_score(truth, [doubt for doubt, _ in inside + outside]))
        sure_out, sure_in = (float(np.mean([p > _SURE for _, p in part])) for part in (outside, inside))
        rows.append((name, f"{auroc:.3f}", f"{sure_out:.1%}", f"{sure_in:.1%}"))
        data.append({"model": name, "auroc": auroc, "sure_outside": sure_out, "sure_validation": sure_in})
    markdown = "\n".join(
        [
            "# Music of no known genre",
            "",
            f"`python -m benchmarks.unknown`: {len(songs)} generated songs prompted outside the ten genres against the",
            f"{len(clips)} validation clips of GTZAN. Sure means a genre with more than {_SURE}.",
            "",
            table(
                ("model", "AUROC of doubt", "outside songs that are sure", "validation clips that are sure"),
                rows,
            ),
        ]
    )
    write(
        "unknown",
        markdown,
        {
            "command": "python -m benchmarks.unknown",
            "rows": data,
            "versions": versions("numpy", "onnxruntime"),
        },
    )


if __name__ == "__main__":
    main()
