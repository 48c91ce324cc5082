"""A run's curves as a figure, drawn from what the run wrote down."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from segue.report import plots


def draw_curves(run_dir: Path) -> list[Path]:
    """Draw losses and validation by epoch from ``metrics.jsonl``; return ``curves.png`` and ``curves.svg``.

    Returns nothing where matplotlib (the extra 'plots') is not installed: the figures are a copy of what the
    JSON lines say.
    """
    if not plots.available():
        return []
    lines = [json.loads(line) for line in (run_dir / "metrics.jsonl").read_text("utf-8").splitlines()]
    figure, (losses, shares) = plots.new(8.5, 3.4, columns=2)
    _draw_losses(losses, lines)
    _draw_shares(shares, lines)
    for axes in (losses, shares):
        axes.set_xlabel("epoch")
        if axes.lines:
            axes.legend(frameon=False, fontsize=8)
    return plots.save(plots.finish(figure, "curves", "Losses and accuracy by epoch."), run_dir)


def _draw_losses(axes: Any, lines: list[dict[str, Any]]) -> None:
    epochs = [line["epoch"] for line in lines]
    names = [name for name in lines[0]["losses"] if name != "accuracy"]
    for colour, name in zip(plots.PALETTE, names, strict=False):
        axes.plot(epochs, [line["losses"][name] for line in lines], color=colour, label=f"training, {name}")
    validated = [line for line in lines if line["valid"]]
    if validated:
        # Null where it was no finite number; drawn as a gap.
        shown = [math.nan if line["valid"]["nll"] is None else line["valid"]["nll"] for line in validated]
        axes.plot([line["epoch"] for line in validated], shown, "k.--", label="validation, log-likelihood")
    axes.set_ylabel("loss, nats")


def _draw_shares(axes: Any, lines: list[dict[str, Any]]) -> None:
    validated = [line for line in lines if line["valid"]]
    if validated:
        shown = [100 * line["valid"]["accuracy"] for line in validated]
        axes.plot([line["epoch"] for line in validated], shown, "k.-", label="validation")
    if "accuracy" in lines[0]["losses"]:
        shown = [100 * line["losses"]["accuracy"] for line in lines]
        axes.plot([line["epoch"] for line in lines], shown, ":", color=plots.BLUE, label="training")
    axes.set_ylabel("named right, %")
    axes.set_ylim(0, 100)
