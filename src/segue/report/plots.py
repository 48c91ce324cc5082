"""Figures as PNG and SVG, in colours that eyes of every kind tell apart; needs the extra ``plots``."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segue.errors import MissingExtra
from segue.files import write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure as MatplotlibFigure

# Okabe and Ito 2008, "Color universal design"; GREY is ours.
BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE, GREY = "#56B4E9", "#CC79A7", "#777777"
PALETTE = (BLUE, ORANGE, GREEN, VERMILION, SKY, PURPLE)
PNG_DPI = 110


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: a short name for its files, a sentence on what it shows, and its two forms."""

    name: str
    caption: str
    png: bytes
    svg: str


def available() -> bool:
    """Return whether figures can be drawn here."""
    return find_spec("matplotlib") is not None


def require_plots() -> None:
    """Raise MissingExtra (``missing-extra``) where figures cannot be drawn: call it before anything is computed."""
    if not available():
        raise MissingExtra("Figures need matplotlib; install it with: pip install 'segue[plots]'.")


def new(
    width_inches: float, height_inches: float, *, columns: int = 1, widths: Sequence[float] | None = None
) -> tuple[MatplotlibFigure, list[Any]]:
    """Return an empty figure and its axes side by side, ``widths`` being their relative widths.

    No display is needed, nothing of matplotlib's global state is touched. Raises MissingExtra.
    """
    require_plots()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_inches, height_inches), layout="constrained")
    FigureCanvasAgg(figure)
    axes = list(figure.subplots(1, columns, width_ratios=widths, squeeze=False)[0])
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
    return figure, axes


def finish(figure: MatplotlibFigure, name: str, caption: str) -> Figure:
    """Return what was drawn as PNG and SVG; equal drawings give equal bytes.

    The SVG holds text as text, no date, and a fixed salt for its ids.
    """
    import matplotlib

    png, svg = io.BytesIO(), io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "segue", "svg.fonttype": "none"}):
        figure.savefig(png, format="png", dpi=PNG_DPI, bbox_inches="tight", metadata={"Software": None})
        figure.savefig(svg, format="svg", bbox_inches="tight", metadata={"Date": None, "Creator": None})
    return Figure(name, caption, png.getvalue(), svg.getvalue())


def save(figure: Figure, folder: Path, stem: str | None = None) -> list[Path]:
    """Write ``STEM.png`` and ``STEM.svg`` (default: the figure's name) to ``folder``; return their paths.

    Raises SegueError (``output-not-written``).
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{stem or figure.name}.{form}" for form in ("png", "svg")]
    write_whole(paths[0], figure.png)
    write_whole(paths[1], figure.svg.encode("utf-8"))
    return paths
