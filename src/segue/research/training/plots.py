"""A run's curves as a picture, drawn from what the run wrote down."""

from __future__ import annotations

import json
import math
from importlib.util import find_spec
from pathlib import Path

# Okabe and Ito (2008): told apart by eyes of every kind.
_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9")


def draw_curves(run_dir: Path) -> list[Path]:
    """Draw losses and validation by epoch from ``metrics.jsonl``; return ``curves.png`` and ``curves.svg``.

    Returns nothing where matplotlib (the extra 'plots') is not installed: the figures are a copy of what the
    JSON lines say.
    """
    if find_spec("matplotlib") is None:
        return []
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    lines = [json.loads(line) for line in (run_dir / "metrics.jsonl").read_text("utf-8").splitlines()]
    validated = [line for line in lines if line["valid"]]
    figure = Figure(figsize=(8.5, 3.4), layout="constrained")
    FigureCanvasAgg(figure)  # no display is needed, nor asked for
    losses, shares = figure.subplots(1, 2)
    for colour, name in zip(_COLOURS, [n for n in lines[0]["losses"] if n != "accuracy"], strict=False):
        losses.plot(
            [line["epoch"] for line in lines],
            [line["losses"][name] for line in lines],
            color=colour,
            label=f"training, {name}",
        )
    if validated:
        epochs = [line["epoch"] for line in validated]
        losses.plot(
            # As null where it had no end; drawn as a gap.
            epochs,
            [math.nan if line["valid"]["nll"] is None else line["valid"]["nll"] for line in validated],
            "k.--",
            label="validation, log-likelihood",
        )
        shares.plot(
            epochs, [100 * line["valid"]["accuracy"] for line in validated], "k.-", label="validation"
        )
    if "accuracy" in lines[0]["losses"]:
        shown = [100 * line["losses"]["accuracy"] for line in lines]
        shares.plot([line["epoch"] for line in lines], shown, ":", color=_COLOURS[0], label="training")
    losses.set_ylabel("loss, nats")
    shares.set_ylabel("named right, %")
    shares.set_ylim(0, 100)
    for axis in (losses, shares):
        axis.set_xlabel("epoch")
        axis.spines[["top", "right"]].set_visible(False)
        if axis.lines:
            axis.legend(frameon=False, fontsize=8)
    paths = [run_dir / "curves.png", run_dir / "curves.svg"]
    figure.savefig(paths[0], dpi=110)
    figure.savefig(paths[1], metadata={"Date": None})
    return paths
