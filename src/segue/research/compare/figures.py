"""Figures of a comparison, as PNG and SVG: colours anyone can tell apart, and a shape for each family besides."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from segue.errors import MissingExtra

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito 2008, "Color universal design".
_LOOKS = {
    "collaborative": ("#0072B2", "o"),
    "content": ("#009E73", "s"),
    "hybrid": ("#D55E00", "D"),
    "control": ("#777777", "x"),
}
_POINTS = 401
_TITLES = {
    "ndcg@10": "NDCG@10",
    "recall@20": "Recall@20",
    "popularity_lift@20": "popularity of lists beside the user's own items (times)",
    "diversity@20": "diversity of lists (mean cosine distance of audio)",
}


@dataclass(frozen=True, slots=True)
class Drawing:
    """One figure: what it is called, what it shows in a sentence, and its two forms."""

    name: str
    caption: str
    png: bytes
    svg: str


def accuracy_drawing(document: dict[str, Any]) -> Drawing | None:
    """Accuracy against popularity bias and, where items have content, against diversity; None where no model lists anything."""
    rows = document["rows"]
    headline = document["headline"]
    beside = [
        m for m in ("popularity_lift@20", "diversity@20") if any(row.get(m) is not None for row in rows)
    ]
    if not beside:
        return None

    def draw(figure: Figure) -> None:
        for axes, measure in zip(np.ravel(figure.subplots(1, len(beside))), beside, strict=True):
            points = [
                (row[measure] + (measure == "popularity_lift@20"), row[headline], row["family"], row["model"])
                for row in rows
                if row.get(measure) is not None
            ]
            _scatter(axes, points)
            axes.set_xlabel(_TITLES[measure])
            axes.set_ylabel(_TITLES[headline])

    caption = (
        f"{_TITLES[headline]} against how popular, and how varied, the lists of 20 are; one point a model."
    )
    return _drawn("accuracy", caption, draw, (6.4 * len(beside), 5.4))


def differences_drawing(values: np.ndarray, a: str, b: str, headline: str) -> Drawing:
    """How users differ: each one's mean gap between models ``a`` and ``b``, sorted; ``values`` float (n_users,)."""
    gaps = np.sort(values[np.isfinite(values)])

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        share = np.linspace(0.0, 100.0, _POINTS)
        shown = np.percentile(gaps, share)  # every user of thousands would make a file of half a megabyte
        axes.fill_between(share, shown, 0, where=shown > 0, color="#D55E00", alpha=0.6, lw=0)
        axes.fill_between(share, shown, 0, where=shown < 0, color="#0072B2", alpha=0.6, lw=0, hatch="//")
        axes.axhline(0, color="black", lw=0.8)
        axes.axhline(gaps.mean(), color="black", lw=1.2, ls="--")
        axes.annotate(f"mean {gaps.mean():+.4f}", (2, gaps.mean()), xytext=(0, 5), textcoords="offset points")
        axes.set_xlabel(
            f"users, sorted (%); {b} better for {100 * (gaps < 0).mean():.0f} %,\n"
            f"equal for {100 * (gaps == 0).mean():.0f} %, {a} better for {100 * (gaps > 0).mean():.0f} %"
        )
        axes.set_ylabel(f"{_TITLES[headline]}:\n{a}\n- {b}")
        axes.set_xlim(0, 100)
        low, high = np.percentile(gaps, (0.3, 99.7))  # a handful of extremes would flatten everybody else
        axes.set_ylim(1.15 * min(low, -high / 4, -1e-3), 1.15 * max(high, -low / 4, 1e-3))

    caption = (
        f"Per user, averaged over seeds: what {a} gains on or loses to {b} in {_TITLES[headline]}. Everybody counts "
        "once, however many seeds asked them; in the table once a seed."
    )
    return _drawn("differences", caption, draw, (8.0, 4.4))


def warm_cold_drawing(warm: dict[str, Any], cold: dict[str, Any]) -> Drawing | None:
    """Recall@20 on known items against Recall@20 on cold ones, for models that can serve both; None for fewer than two.

    NDCG@10 where so few items are cold that a list of 20 holds them all.
    """
    measure = "recall@20" if cold["headline"] == "recall@20" else "ndcg@10"
    on_cold = {row["model"]: row for row in cold["rows"]}
    both = [(row, on_cold[row["model"]]) for row in warm["rows"] if row["model"] in on_cold]
    if len(both) < 2:
        return None

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        _scatter(axes, [(w[measure], c[measure], w["family"], w["model"]) for w, c in both])
        axes.set_xlabel(f"{_TITLES[measure]}, warm: among all items")
        axes.set_ylabel(f"{_TITLES[measure]}, cold: among items nobody was seen with")

    caption = (
        "Warm against cold, for every model that can score both. The two axes are different tasks: "
        f"{cold['n_candidates']:,} candidates where items are cold, {warm['n_candidates']:,} where they are not."
    )
    return _drawn("warm-cold", caption, draw, (7.4, 5.6))


def intervals_drawing(rows: Sequence[dict[str, Any]], measure: str) -> Drawing:
    """One measure of every model with its interval, best on top."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for place, row in enumerate(reversed(rows)):
            colour, marker = _LOOKS[row["family"]]
            low, high = row["ci95"][measure]
            if low is not None:
                axes.plot((low, high), (place, place), color=colour, lw=2)
            axes.plot(row[measure], place, color=colour, marker=marker, ms=7)
        axes.set_yticks(range(len(rows)), [row["model"] for row in reversed(rows)])
        axes.set_xlim(left=0)
        axes.set_xlabel(f"{_TITLES[measure]}, with 95 % interval")
        axes.grid(axis="x", alpha=0.25)

    return _drawn(
        "intervals", f"{_TITLES[measure]} of each, with its interval.", draw, (7.0, 0.9 + 0.36 * len(rows))
    )


def _scatter(axes: Axes, points: Sequence[tuple[float, float, str, str]]) -> None:
    """Points with their names in the right margin, each near its height and none on another."""
    for name, (colour, marker) in _LOOKS.items():
        of = [(x, y) for x, y, family, _ in points if family == name]
        if of:
            axes.scatter(*zip(*of, strict=True), c=colour, marker=marker, s=42, label=name, zorder=3)
    ordered = sorted(points, key=lambda point: point[1])
    low, high = axes.get_ylim()
    heights = [(y - low) / (high - low) for _, y, _, _ in ordered]
    for place, (x, y, family, model) in zip(_spread(heights, 0.036), ordered, strict=True):
        axes.annotate(
            model,
            (x, y),
            xytext=(1.03, place),
            textcoords="axes fraction",
            fontsize=7.5,
            color=_LOOKS[family][0],
            va="center",
            arrowprops={
                "arrowstyle": "-",
                "lw": 0.4,
                "color": "#aaaaaa",
                "shrinkA": 0,
                "shrinkB": 3,
                "relpos": (0, 0.5),
            },
        )
    axes.grid(alpha=0.25)
    axes.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, 1.1), ncols=4, frameon=False)


def _spread(heights: Sequence[float], gap: float) -> list[float]:
    """Ascending heights in [0, 1] moved as little as it takes to lie ``gap`` apart (or as far as there is room)."""
    gap = min(gap, 1 / max(len(heights) - 1, 1))
    places: list[float] = []
    for height in heights:
        places.append(max(height, places[-1] + gap) if places else height)
    ceiling = 1.0
    for i in range(len(places) - 1, -1, -1):
        places[i] = min(places[i], ceiling)
        ceiling = places[i] - gap
    return places


def _drawn(
    name: str, caption: str, draw: Callable[[Figure], None], size_inches: tuple[float, float]
) -> Drawing:
    try:
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtra("Figures need matplotlib; install it with: pip install 'segue[plots]'.") from None
    # A fixed salt, no date and text as text: the same figures give the same file.
    with matplotlib.rc_context({"svg.hashsalt": "segue", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=size_inches, layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure)
        png, svg = io.BytesIO(), io.StringIO()
        figure.savefig(png, format="png", dpi=110, metadata={"Software": None})
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    return Drawing(name, caption, png.getvalue(), svg.getvalue())
