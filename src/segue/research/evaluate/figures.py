"""An evaluation as figures: who is taken for whom, and how well each class is found. PNG and SVG."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from segue.errors import MissingExtra

# Okabe and Ito (2008): told apart by eyes of every kind.
_BLUE, _ORANGE = "#0072B2", "#E69F00"


def require_plots() -> None:
    """Return nothing where figures can be drawn; raise MissingExtra otherwise, before anything is computed."""
    if find_spec("matplotlib") is None:
        raise MissingExtra("Figures need matplotlib; install it with: pip install 'segue[plots]'.")


def write_figures(document: dict[str, Any], folder: Path) -> list[Path]:
    """Draw ``confusion`` and ``per-class`` of an evaluation into ``folder``; return the files written."""
    require_plots()
    folder.mkdir(parents=True, exist_ok=True)
    return [*_confusion(document, folder), *_per_class(document, folder)]


def _confusion(document: dict[str, Any], folder: Path) -> list[Path]:
    classes, table = document["classes"], np.array(document["confusion"])
    share = 100.0 * table / table.sum(axis=1, keepdims=True).clip(1)
    side = max(4.5, 0.62 * len(classes) + 1.8)
    figure, axis = _new(side + 1.0, side)
    image = axis.imshow(share, cmap="cividis", vmin=0, vmax=100)
    for i, j in np.argwhere(table > 0):
        colour = "black" if share[i, j] > 55 else "white"
        axis.text(j, i, str(table[i, j]), ha="center", va="center", color=colour, fontsize=9)
    axis.set_xticks(range(len(classes)), classes, rotation=45, ha="right")
    axis.set_yticks(range(len(classes)), classes)
    axis.set_xlabel("named by the model")
    axis.set_ylabel("label")
    axis.set_title(_title(document), fontsize=10)
    bar = figure.colorbar(image, ax=axis, shrink=0.8)
    bar.set_label("share of the label's tracks, % (numbers: tracks)")
    return _save(figure, folder / "confusion")


def _per_class(document: dict[str, Any], folder: Path) -> list[Path]:
    classes, scores = document["classes"], document["per_class"]
    figure, axis = _new(7.0, max(2.8, 0.42 * len(classes) + 1.6))
    places = np.arange(len(classes))
    for shift, key, colour in ((-0.2, "precision", _ORANGE), (0.2, "recall", _BLUE)):
        widths = [100.0 * scores[name][key] for name in classes]
        axis.barh(places + shift, widths, height=0.38, color=colour, label=key)
    f1 = [100.0 * scores[name]["f1"] for name in classes]
    axis.plot(f1, places, "D", color="white", markeredgecolor="black", markersize=5, label="F1")
    axis.set_yticks(places, [f"{name} ({scores[name]['support']})" for name in classes])
    axis.invert_yaxis()
    axis.set_xlim(0, 100)
    axis.set_xlabel("%")
    axis.set_ylabel("label (tracks)")
    axis.set_title(_title(document), fontsize=10)
    axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=3, frameon=False)
    return _save(figure, folder / "per-class")


def _title(document: dict[str, Any]) -> str:
    low, high = document["ci95"]
    leaks = {True: "leak-free", False: "LEAKY", None: "leaks not ruled out"}[document["leaks"]["leak_free"]]
    return (
        f"{document['model']} on {document['dataset']}, {document['protocol']}, {document['part']} ({leaks})\n"
        f"{document['accuracy']:.1%} of {document['n']} tracks right, 95 % interval {low:.1%} to {high:.1%}"
    )


def _new(width: float, height: float) -> tuple[Any, Any]:
    from matplotlib.figure import Figure  # without pyplot: no window, no global state

    figure = Figure(figsize=(width, height), layout="constrained")
    axis = figure.subplots()
    axis.spines[["top", "right"]].set_visible(False)
    return figure, axis


def _save(figure: Any, stem: Path) -> list[Path]:
    paths = [stem.with_suffix(".png"), stem.with_suffix(".svg")]
    figure.savefig(paths[0], dpi=150)
    figure.savefig(paths[1], metadata={"Date": None})
    return paths
