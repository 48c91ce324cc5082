"""The report's network under one protocol after the other, then the page that compares them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from segue.errors import TrainingError
from segue.metrics.intervals import cluster_bootstrap
from segue.report.plots import require_plots
from segue.research.reproduce.report import (
    RESULT,
    ROWS,
    Reproduction,
    RowDifference,
    RowResult,
    read_row,
)
from segue.research.train import require_training

if TYPE_CHECKING:
    from segue.research.datasets.dataset import Dataset
    from segue.research.leaks import LeakVerdict
    from segue.research.training.loop import Epoch

_COMPARED = (
    ("chunk-random", "strict"),
    ("chunk-random", "fault-filtered"),
    ("size-matched-leaky", "fault-filtered"),
    ("track-random", "strict"),
    ("fault-filtered", "strict"),
)
_N_DRAWS = 10_000


def reproduce_paper(
    data: Path,
    out: Path,
    *,
    page: Path | None = None,
    rows: Sequence[str] = ROWS,
    dataset: str = "gtzan",
    epochs: int | None = None,
    seed: int = 0,
    device: str = "cpu",
    force: bool = False,
    on_row: Callable[[str, str], None] = lambda row, text: None,
) -> Reproduction:
    """Return what `segue reproduce paper` found: one result for each row, and how the rows differ.

    Every row trains the same network for the same number of epochs in ``out/<row>``; a row that was stopped goes
    on, a finished one is read. Once all of ``ROWS`` are there, ``page`` (default: ``out``) gets ``paper.md``,
    ``paper.json`` and its figures; ``force`` replaces files there that segue did not write. ``on_row`` is told of every row, with a word on where it stands.

    Raises MissingExtra without torch and matplotlib, TrainingError (``unknown-row``), DatasetError where
    ``data`` is not the dataset.
    """
    require_training()
    require_plots()  # before hours of training, not after
    from segue.research.audit.recordings import groups_by_sound
    from segue.research.datasets.registry import read_dataset
    from segue.research.reproduce.audio import chunks_from_audio, example_clip, has_audio
    from segue.research.reproduce.page import check_page, write_page
    from segue.research.reproduce.row import row_config, run_row, write_row

    unknown = sorted(set(rows) - set(ROWS))
    if unknown:
        raise TrainingError(f"Unknown row {unknown[0]!r}; choose from {', '.join(ROWS)}.", code="unknown-row")
    check_page(out if page is None else page, force=force)
    music = read_dataset(dataset, data)
    audio = chunks_from_audio(music, music.ids) if has_audio(music) else None
    for row in rows:

        def tell(epoch: Epoch, row: str = row) -> None:
            on_row(row, f"epoch {epoch.epoch} of {epoch.n_epochs}, loss {epoch.losses['loss']:.3f}")

        config = row_config(row, epochs=epochs, seed=seed, device=device)
        result = run_row(music, config, out / row, audio, tell, by_sound=groups_by_sound)
        on_row(row, f"{result.vote.accuracy:.1%} of {result.n_test_tracks} test tracks named right")
    done = {row: read_row(out / row / RESULT) for row in ROWS if (out / row / RESULT).exists()}
    for row, result in done.items():
        # Earlier versions counted clips that could not be read, and so were never asked about.
        if result.leaks is None or not set(result.leaks.tracks) <= set(result.tracks):
            done[row] = replace(result, leaks=leaks_of_row(music, result, out / row))
            write_row(out / row / RESULT, done[row])
    found = Reproduction(
        dataset=music.name,
        seed=seed,
        command=command_of(data, out, page, done),
        rows=tuple(done.values()),
        differences=differences(done),
        missing=tuple(row for row in ROWS if row not in done),
    )
    if found.missing:
        return found
    folder = out if page is None else page
    found = replace(found, page=folder / "paper.md")
    write_page(folder, found, example_clip(music, _training_ids(out / "strict")), force=force)
    return found


def leaks_of_row(music: Dataset, result: RowResult, folder: Path) -> LeakVerdict:
    """Return what the clips that a row was really judged on share with what it learned from.

    ``folder`` holds the row's ``split.json``.
    """
    from segue.research.evaluate.target import split_of
    from segue.research.evaluate.training_data import leak_verdict

    split = split_of(json.loads((folder / "split.json").read_text(encoding="utf-8")))
    return leak_verdict(music, split, result.tracks, split)


def command_of(data: Path, out: Path, page: Path | None, done: Mapping[str, RowResult]) -> str:
    """Return the command that makes all rows as they were made, with the settings that are not the preset's.

    Rows that were given other numbers of epochs, seeds or devices took a command each: then it is theirs, one a line.
    """
    from segue.research.reproduce.row import row_config

    commands: dict[str, list[str]] = {}
    for row, result in done.items():
        usual = row_config(row)
        words = ["segue", "reproduce", "paper", "--data", str(data), "--out", str(out)]
        words += [] if page is None else ["--page", str(page)]
        for name in ("epochs", "seed", "device"):
            if getattr(result.config, name) != getattr(usual, name):
                words += [f"--{name}", str(getattr(result.config, name))]
        commands.setdefault(shlex.join(words), []).append(row)
    if len(commands) == 1:
        return next(iter(commands))
    return "\n".join(f"{command} --rows {','.join(rows)}" for command, rows in commands.items())


def differences(done: Mapping[str, RowResult]) -> tuple[RowDifference, ...]:
    """Return how far the votes of pairs of rows differ, with 95 % intervals.

    Rows over the same test tracks are compared track by track (artist-cluster bootstrap of the difference);
    others as independent samples, each with its own clusters.
    """
    pairs = [(first, second) for first, second in _COMPARED if first in done and second in done]
    return tuple(_difference(done[first], done[second]) for first, second in pairs)


def _difference(a: RowResult, b: RowResult) -> RowDifference:
    paired = a.tracks == b.tracks
    if paired:
        gap = np.subtract(a.right, b.right).astype(float)
        low, high = cluster_bootstrap(gap.tolist(), a.groups, np.random.default_rng(0))
    else:
        draws = [_means(row, np.random.default_rng(k)) for k, row in enumerate((a, b))]
        low, high = np.percentile(draws[0] - draws[1], [2.5, 97.5])
    gap_of_votes = a.vote.accuracy - b.vote.accuracy
    return RowDifference((a.protocol, b.protocol), paired, gap_of_votes, (float(low), float(high)))


def _means(row: RowResult, rng: np.random.Generator) -> np.ndarray:
    """Accuracy in many draws of whole artists."""
    _, member = np.unique(row.groups, return_inverse=True)
    sums, sizes = np.bincount(member, weights=row.right), np.bincount(member)
    counts = rng.multinomial(len(sums), np.full(len(sums), 1.0 / len(sums)), size=_N_DRAWS)
    return (counts @ sums) / (counts @ sizes)


def _training_ids(folder: Path) -> list[str]:
    """Ids of the clips a row learned from: the example that is drawn is one of these, never a test clip."""
    ids: list[str] = json.loads((folder / "split.json").read_text(encoding="utf-8"))["train"]
    return ids
