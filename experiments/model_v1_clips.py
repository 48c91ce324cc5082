"""What the shipped model scores on test clips that share no artist, performer or album with other parts.

    python experiments/model_v1_clips.py DATA/gtzan

Scores nothing: reads docs/results/model-v1-clips.json, what the shipped model said of each test clip the one time it was
asked for that, and docs/results/model-v1.json, the scores of three seeds. ``--ask-the-model`` is how that file was made;
it refuses where the file is there, so that nobody looks at the test part again by accident.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from segue.metrics.intervals import cluster_bootstrap
from segue.model.network import Network, shipped_model
from segue.research.datasets.dataset import Dataset
from segue.research.datasets.leaks import find_leaks
from segue.research.datasets.names import artist_groups
from segue.research.datasets.protocols import Split, split_tracks
from segue.research.datasets.registry import read_dataset
from segue.research.evaluate.predict import predict, read_tracks

RESULTS = Path(__file__).resolve().parents[1] / "docs" / "results"
CLIPS = RESULTS / "model-v1-clips.json"
REPORT = RESULTS / "model-v1.json"


def ask(dataset: Dataset, split: Split) -> dict[str, Any]:
    """Return what the shipped model says of each clip of the test part."""
    network = Network(shipped_model())
    classes = network.passport.classes
    asked = read_tracks(dataset, split, "test", classes)
    probabilities = predict(network, asked)
    return {
        "model": network.passport.model,
        "part": "test",
        "protocol": split.protocol,
        "classes": list(classes),
        "clips": {
            track_id: {"genre": classes[truth], "probabilities": np.round(row.astype(float), 4).tolist()}
            for track_id, truth, row in zip(asked.ids, asked.truth, probabilities, strict=True)
        },
    }


def rights(said: dict[str, Any]) -> dict[str, bool]:
    """Return for each clip whether the likeliest genre is its own."""
    classes = said["classes"]
    return {
        track_id: classes[int(np.argmax(one["probabilities"]))] == one["genre"]
        for track_id, one in said["clips"].items()
    }


def accuracy_of(right: dict[str, bool], ids: Sequence[str], dataset: Dataset) -> str:
    """Return accuracy and 95 % interval over ``ids``, by bootstrap over clips tied by an artist, performer or album."""
    values = [float(right[track_id]) for track_id in ids]
    groups = artist_groups(dataset.select(tuple(ids)))
    low, high = cluster_bootstrap(values, groups, np.random.default_rng(0))
    n_groups = len(set(groups))
    return (
        f"{np.mean(values):.1%} ({low:.1%} to {high:.1%}), {sum(values):.0f} of {len(ids)}, {n_groups} groups"
    )


def seeds_without(report: dict[str, Any], left_out: Sequence[str]) -> list[tuple[int, int, int]]:
    """Return fewest and most clips each reported seed may have named right without ``left_out``, and how many there are.

    ``left_out`` are clips still in the scores without shared artists. Of a genre all of whose clips a seed named right
    it is known; of others only how many there are.
    """
    found = []
    for seed in report["seeds"]:
        scores = seed["test_without_shared_artists"]
        confusion = dict(zip(scores["recall"], scores["confusion"], strict=True))
        n_right = sum(row[k] for k, row in enumerate(confusion.values()))
        fewest = most = n_right
        for k, (genre, row) in enumerate(confusion.items()):
            n_out = sum(track_id.startswith(f"{genre}.") for track_id in left_out)
            fewest -= min(n_out, row[k])
            most -= max(0, n_out - (sum(row) - row[k]))
        found.append((fewest, most, scores["n"] - len(left_out)))
    return found


def main() -> None:
    """Print the figures, after asking the model where that is wanted."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--ask-the-model", action="store_true")
    arguments = parser.parse_args()
    dataset = read_dataset("gtzan", arguments.data)
    split = split_tracks(dataset.tracks, "fault-filtered")
    if arguments.ask_the_model:
        if CLIPS.exists():
            raise SystemExit(f"{CLIPS} is there: the model was asked.")
        said = ask(dataset, split)
        head = {key: value for key, value in said.items() if key != "clips"}
        lines = [f'  "{track_id}": {json.dumps(one)}' for track_id, one in said["clips"].items()]
        text = json.dumps(head, indent=1)[:-2] + ',\n "clips": {\n' + ",\n".join(lines) + "\n }\n}\n"
        CLIPS.write_text(text, encoding="utf-8")
    right = rights(json.loads(CLIPS.read_text(encoding="utf-8")))
    leaks = find_leaks(dataset.tracks, split)
    by_artist = {i for i, names in zip(leaks.tracks, leaks.by, strict=True) if names.artist}
    for name, left_out in (
        ("all", set()),
        ("without the 27 of the first report", by_artist - {"reggae.00087"}),
        ("without shared artists of the index", by_artist),
        ("without shared artists, performers, albums", set(leaks.tracks)),
    ):
        print(f"{name}: {accuracy_of(right, [i for i in right if i not in left_out], dataset)}")
    apart = sorted(set(leaks.tracks) - (by_artist - {"reggae.00087"}))
    print("still in the reported 263:", ", ".join(apart))
    print({track_id: right[track_id] for track_id in apart})
    report = json.loads(REPORT.read_text(encoding="utf-8"))
    bounds = seeds_without(report, apart)
    n_right = sum(right[track_id] for track_id in right if track_id not in set(leaks.tracks))
    shipped = [seed["seed"] for seed in report["seeds"]].index(report["shipped_seed"])
    bounds[shipped] = (n_right, n_right, bounds[shipped][2])  # its clips are on record
    for fewest, most, n in bounds:
        print(f"a reported seed: {fewest} to {most} of {n}, {fewest / n:.1%} to {most / n:.1%}")
    low, high = (np.mean([one[k] / one[2] for one in bounds]) for k in (0, 1))
    print(f"mean of the reported seeds: {low:.1%} to {high:.1%}")


if __name__ == "__main__":
    main()
