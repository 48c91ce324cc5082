"""Figures of a run's losses and validation, drawn from its records."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from segue.report import plots
from segue.research.training.records import EpochRecord, read_metrics


def draw_curves(run_dir: Path) -> list[Path]:
    """Draw losses and validation by epoch from ``metrics.jsonl``; return ``curves.png`` and ``curves.svg``.

    Returns nothing where matplotlib (the extra 'plots') is not installed: the figures are a copy of what the
    JSON lines say.
    """
    if not plots.available():
        return []
    epochs = read_metrics(run_dir)
    figure, (losses, shares) = plots.new(8.5, 3.4, columns=2)
    _draw_losses(losses, epochs)
    _draw_shares(shares, epochs)
    for axes in (losses, shares):
        axes.set_xlabel("epoch")
        if axes.lines:
            axes.legend(frameon=False, fontsize=8)
    return plots.save(plots.finish(figure, "curves", "Losses and accuracy by epoch."), run_dir)


def _draw_losses(axes: Any, epochs: list[EpochRecord]) -> None:
    numbers = [one.epoch for one in epochs]
    names = [name for name in epochs[0].losses if name != "accuracy"]
    for colour, name in zip(plots.PALETTE, names, strict=False):
        values = [_or_gap(one.losses[name]) for one in epochs]
        axes.plot(numbers, values, color=colour, label=f"training, {name}")
    validated = [one for one in epochs if one.valid]
    if validated:
        values = [_or_gap(one.valid["nll"]) for one in validated]
        axes.plot([one.epoch for one in validated], values, "k.--", label="validation, log-likelihood")
    axes.set_ylabel("loss, nats")


def _draw_shares(axes: Any, epochs: list[EpochRecord]) -> None:
    validated = [one for one in epochs if one.valid]
    if validated:
        values = [100 * _or_gap(one.valid["accuracy"]) for one in validated]
        axes.plot([one.epoch for one in validated], values, "k.-", label="validation")
    if "accuracy" in epochs[0].losses:
        values = [100 * _or_gap(one.losses["accuracy"]) for one in epochs]
        axes.plot([one.epoch for one in epochs], values, ":", color=plots.BLUE, label="training")
    axes.set_ylabel("accuracy, %")
    axes.set_ylim(0, 100)


def _or_gap(value: float | None) -> float:
    """NaN, which is drawn as a gap, where a value was no finite number."""
    return math.nan if value is None else value
