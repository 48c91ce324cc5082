"""One row of the reproduction: the network trained under one protocol and evaluated by chunk and by track."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from segue.encode import document
from segue.metrics.classification import accuracy, class_scores, confusion, macro_f1
from segue.metrics.intervals import cluster_bootstrap
from segue.model.vote import hard_majority as majority_order
from segue.research.datasets.dataset import Dataset
from segue.research.datasets.names import artist_groups
from segue.research.datasets.protocols import CHUNK_PROTOCOLS, ChunkSplit
from segue.research.reproduce.audio import CHUNK_FRAMES, AudioChunks
from segue.research.reproduce.network import ChunkCutter, Chunks, PaperNet, PaperTask, judge
from segue.research.reproduce.report import (
    RESULT,
    ChunkScores,
    Confusion,
    CurvePoint,
    RowResult,
    VoteScores,
    read_row,
)
from segue.research.training.architectures import chunks_in
from segue.research.training.config import TrainConfig, from_mapping, preset_named
from segue.research.training.export import write_json
from segue.research.training.loop import Epoch, LoopSettings, fit
from segue.research.training.material import Material, material
from segue.research.training.network import n_parameters
from segue.research.training.run import claim, device_named


@dataclass(frozen=True, slots=True)
class Seen:
    """The chunks of one protocol; ``test_ids`` are the clips that ``test.rows`` counts."""

    train: Chunks
    watched: Chunks
    test: Chunks
    test_ids: tuple[str, ...]
    test_groups: tuple[str, ...]
    cutter: ChunkCutter


def row_config(
    protocol: str, *, epochs: int | None = None, seed: int = 0, device: str = "cpu"
) -> TrainConfig:
    """Return the settings of one row: the preset "paper" under ``protocol``."""
    given = {"name": f"paper-{protocol}", "protocol": protocol, "seed": seed, "device": device}
    if epochs is not None:
        given["epochs"] = epochs
    return from_mapping(preset_named("paper").to_dict() | given)


def run_row(
    dataset: Dataset,
    config: TrainConfig,
    run_dir: Path,
    audio: AudioChunks | None,
    progress: Callable[[Epoch], None],
    *,
    by_sound: Callable[[Dataset], Iterable[Collection[str]]] = lambda _: (),
) -> RowResult:
    """Train and judge one row and return its result; a row that was stopped goes on, a finished one is read.

    Chunks come from ``audio``, or from the mel archive where that is None. The test part is judged once, after
    the last epoch. ``run_dir`` holds what `segue.research.training.loop.fit` writes, ``result.json`` and
    ``logits.npz``: logits and track ids of the test chunks. ``by_sound`` is `material`'s. Raises as `segue.research.training.run.train_on` does.
    """
    if (run_dir / RESULT).exists():
        known = read_row(run_dir / RESULT)
        if known.config == config:
            return known
    device = device_named(config.device)
    divided = material(dataset, config.protocol, config.seed, by_sound=by_sound)
    claim(run_dir, config, divided)
    seen = _from_archive(divided, config) if audio is None else _from_audio(divided, config, audio)
    torch.manual_seed(config.seed)
    network = PaperNet(config.paper, len(divided.classes))
    task = PaperTask(network, seen.train, seen.watched, seen.cutter, config, device)
    fit(
        task,
        LoopSettings(config.epochs, config.validate_every, config.patience),
        config.seed,
        run_dir,
        progress,
    )
    logits = judge(network, seen.test, seen.cutter, device)
    ids = np.array(seen.test_ids)[seen.test.rows]
    np.savez_compressed(run_dir / "logits.npz", logits=logits.astype(np.float32), track_id=ids)
    lines = (run_dir / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    found = scores(logits, seen, divided.classes)
    result = RowResult(
        protocol=config.protocol,
        leaky=config.protocol in CHUNK_PROTOCOLS,
        source="mel archive" if audio is None else "audio",
        n_parameters=n_parameters(network),
        n_train_tracks=len(np.unique(seen.train.rows)),
        n_train_chunks=len(seen.train.rows),
        classes=divided.classes,
        n_test_tracks=len(found.tracks),
        n_test_chunks=len(logits),
        chunk=found.chunk,
        vote=found.vote,
        tracks=found.tracks,
        right=found.right,
        groups=found.groups,
        curves=tuple(CurvePoint(**json.loads(line)) for line in lines),
        config=config,
    )
    write_row(run_dir / RESULT, result)
    return result


def write_row(path: Path, result: RowResult) -> None:
    """Write a row's ``result.json``."""
    write_json(path, document(result))


@dataclass(frozen=True, slots=True)
class Judged:
    """Scores of a row, and of every test track whether the vote named it right."""

    chunk: ChunkScores
    vote: VoteScores
    tracks: tuple[str, ...]
    right: tuple[int, ...]
    groups: tuple[str, ...]


def scores(logits: np.ndarray, seen: Seen, classes: tuple[str, ...]) -> Judged:
    """Return accuracy by chunk, by mean log-probability of a track's chunks, and by hard majority, with intervals.

    Intervals are 95 % artist-cluster bootstraps, a chunk belonging to its track's artist; tracks tied by an artist are
    one cluster. The hard majority counts the chunks' winners; equal counts are settled by the vote.
    """
    truth = seen.test.labels[seen.test.rows]
    groups = np.array(seen.test_groups)
    log_p = torch.from_numpy(logits).log_softmax(dim=1).numpy()
    tracks = np.unique(seen.test.rows)
    votes = np.stack([log_p[seen.test.rows == row].mean(axis=0) for row in tracks]).argmax(axis=1)
    majority = np.array([hard_majority(log_p[seen.test.rows == row]) for row in tracks])
    label = seen.test.labels[tracks]
    chunk_guess = logits.argmax(axis=1)
    n = len(classes)
    per_class = dict(zip(classes, class_scores(label, votes, n), strict=True))
    return Judged(
        chunk=ChunkScores(
            accuracy=accuracy(truth, chunk_guess),
            ci95=_interval(chunk_guess == truth, groups[seen.test.rows]),
            macro_f1=macro_f1(truth, chunk_guess, n),
            confusion=_rows(confusion(truth, chunk_guess, n)),
        ),
        vote=VoteScores(
            accuracy=accuracy(label, votes),
            ci95=_interval(votes == label, groups[tracks]),
            hard_majority_accuracy=accuracy(label, majority),
            macro_f1=macro_f1(label, votes, n),
            per_class=per_class,
            confusion=_rows(confusion(label, votes, n)),
        ),
        tracks=tuple(seen.test_ids[row] for row in tracks),
        right=tuple((votes == label).astype(int).tolist()),
        groups=tuple(groups[tracks].tolist()),
    )


def hard_majority(log_p: np.ndarray) -> int:
    """Return the class most of the chunks name, from their log-probabilities ``(n_chunks, n_classes)``.

    Ties are settled by segue.model.vote.hard_majority, as those of `segue like --by same-genre` are.
    """
    winners = np.bincount(log_p.argmax(axis=1), minlength=log_p.shape[1])
    return int(majority_order(winners, log_p.mean(axis=0))[0])


def _interval(right: np.ndarray, groups: np.ndarray) -> tuple[float, float]:
    rng = np.random.default_rng(0)  # a score has one interval
    low, high = cluster_bootstrap(right.astype(float).tolist(), groups.tolist(), rng)
    return low, high


def _rows(table: np.ndarray) -> Confusion:
    return tuple(map(tuple, table.tolist()))


def _from_archive(divided: Material, config: TrainConfig) -> Seen:
    cutter = ChunkCutter(config.paper.shape_length)
    train, valid, test = (divided.part(name)[0] for name in ("train", "valid", "test"))
    judged = chunks_in(divided, test, "test", cutter)
    chunked = isinstance(divided.split, ChunkSplit)
    watched = judged if chunked else chunks_in(divided, valid, "valid", cutter)
    learned = chunks_in(divided, train, "train", cutter)
    return Seen(learned, watched, judged, test.ids, test.groups, cutter)


def _from_audio(divided: Material, config: TrainConfig, audio: AudioChunks) -> Seen:
    """As from the archive, with each chunk a spectrogram of its own."""
    cutter = ChunkCutter(config.paper.shape_length, chunk=CHUNK_FRAMES)
    ids = tuple(sorted({track_id for track_id, _ in audio.chunks}))
    tracks = divided.dataset.select(ids)
    labels = {t.track_id: divided.classes.index(t.label or "") for t in tracks}
    if isinstance(divided.split, ChunkSplit):
        of_part: dict[str, set[Any]] = {"train": set(divided.split.train), "test": set(divided.split.test)}
        wanted = {name: [c in chosen for c in audio.chunks] for name, chosen in of_part.items()}
        wanted["valid"] = wanted["test"]
    else:
        of_part = {name: set(getattr(divided.split, name)) for name in ("train", "valid", "test")}
        wanted = {name: [c[0] in chosen for c in audio.chunks] for name, chosen in of_part.items()}
    row_of = {track_id: row for row, track_id in enumerate(ids)}
    in_test = {chunk[0] for chunk, asked in zip(audio.chunks, wanted["test"], strict=True) if asked}
    asked = [track for track in tracks if track.track_id in in_test]
    group_of = dict(zip((track.track_id for track in asked), artist_groups(asked), strict=True))
    groups = tuple(group_of.get(track_id, "") for track_id in ids)
    rows = np.array([row_of[track_id] for track_id, _ in audio.chunks], dtype=np.int64)
    label = np.array([labels[track_id] for track_id in ids], dtype=np.int64)
    parts = {}
    for name, which in wanted.items():
        sources = np.flatnonzero(which)
        parts[name] = Chunks(audio.mel, label, rows[sources], sources, np.zeros_like(sources))
    return Seen(parts["train"], parts["valid"], parts["test"], ids, groups, cutter)
