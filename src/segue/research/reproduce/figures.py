"""The figures of the reproduction, as PNG and SVG: the leak, the curves, who is taken for whom, what is looked at."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

# Okabe and Ito (2008): told apart by eyes of every kind.
ORANGE, SKY, GREEN, BLUE, VERMILION = (
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#0072B2",
    "#D55E00",
)
LEAKY, HONEST = ORANGE, BLUE
NAMES = {
    "chunk-random": "chunk-random\n(the report's)",
    "size-matched-leaky": "chunk-random,\nas little data as fault-filtered",
    "track-random": "track-random",
    "fault-filtered": "fault-filtered",
    "strict": "strict",
}


def leak_figure(folder: Path, done: dict[str, dict[str, Any]]) -> None:
    """Accuracy per track and per chunk of every row, with intervals: ``paper-leak.png`` and ``.svg``."""
    figure, axis = _new(8.0, 3.9)
    rows = list(done)
    for place, row in enumerate(reversed(rows)):
        result = done[row]
        colour = LEAKY if result["leaky"] or row == "track-random" else HONEST
        accuracy, (low, high) = result["vote"]["accuracy"], result["vote"]["ci95"]
        axis.barh(place, 100 * accuracy, color=colour, height=0.62)
        ends = [[100 * (accuracy - low)], [100 * (high - accuracy)]]
        axis.errorbar(100 * accuracy, place, xerr=ends, color="black", capsize=4, linewidth=1.2)
        axis.plot(
            100 * result["chunk"]["accuracy"],
            place,
            "D",
            color="white",
            markeredgecolor="black",
            markersize=5,
        )
        axis.text(1.5, place, f"{accuracy:.0%}", va="center", color="white", fontweight="bold")
    axis.set_yticks(range(len(rows)), [NAMES[row] for row in reversed(rows)])
    axis.set_xlim(0, 100)
    axis.set_xlabel(
        "test clips named right, % (bar: vote of a clip's chunks, 95 % interval; diamond: single chunks)"
    )
    axis.set_title("One network, one number of epochs, five ways to divide GTZAN")
    handles = [
        _patch(LEAKY, "test clips, artists or copies also in training"),
        _patch(HONEST, "published and strict parts"),
    ]
    figure.legend(handles=handles, loc="lower center", ncols=2, frameon=False, bbox_to_anchor=(0.5, -0.07))
    _save(figure, folder, "paper-leak")


def curves_figure(folder: Path, done: dict[str, dict[str, Any]]) -> None:
    """Loss and accuracy by epoch, on what is learned from and on what is watched: ``paper-curves``."""
    figure, axes = _new(9.5, 3.8, columns=2)
    colours = dict(zip(done, (ORANGE, VERMILION, SKY, BLUE, GREEN), strict=False))
    for row, result in done.items():
        epochs = [line["epoch"] for line in result["curves"]]
        watched = [line for line in result["curves"] if line["valid"]]
        for axis, train, valid in ((axes[0], "loss", "nll"), (axes[1], "accuracy", "accuracy")):
            scale = 100 if train == "accuracy" else 1
            axis.plot(
                epochs, [scale * line["losses"][train] for line in result["curves"]], ":", color=colours[row]
            )
            # A loss without end is null, and drawn as a gap.
            points = [
                math.nan if line["valid"][valid] is None else scale * line["valid"][valid] for line in watched
            ]
            axis.plot(
                [line["epoch"] for line in watched],
                points,
                "o-",
                color=colours[row],
                label=row,
                markersize=3.5,
            )
    axes[0].set_ylabel("cross-entropy per chunk, nats")
    axes[1].set_ylabel("chunks named right, %")
    axes[0].set_ylim(bottom=0)
    axes[1].set_ylim(0, 100)
    for axis in axes:
        axis.set_xlabel("epoch")
        axis.set_xlim(left=0)
    axes[1].legend(frameon=False, fontsize=8)
    figure.suptitle(
        "dotted: chunks learned from; solid: validation (of the chunk protocols: the held-out chunks, as in the report)",
        fontsize=9,
    )
    _save(figure, folder, "paper-curves")


def confusion_figure(folder: Path, done: dict[str, dict[str, Any]]) -> None:
    """Who is taken for whom under chunk-random and under strict: ``paper-confusion``."""
    figure, axes = _new(11.0, 5.2, columns=2)
    for axis, row in zip(axes, ("chunk-random", "strict"), strict=True):
        table = np.array(done[row]["vote"]["confusion"], dtype=float)
        share = 100 * table / np.maximum(table.sum(axis=1, keepdims=True), 1)
        classes = done[row]["classes"]
        image = axis.imshow(share, cmap="cividis", vmin=0, vmax=100)
        for i in range(len(classes)):
            for j in range(len(classes)):
                if table[i, j]:
                    axis.text(
                        j,
                        i,
                        f"{share[i, j]:.0f}",
                        ha="center",
                        va="center",
                        fontsize=7,
                        color="white" if share[i, j] < 55 else "black",
                    )
        axis.set_xticks(range(len(classes)), classes, rotation=45, ha="right")
        axis.set_yticks(range(len(classes)), classes)
        axis.set_xlabel("named")
        axis.set_ylabel("true")
        axis.set_title(f"{row}: {done[row]['vote']['accuracy']:.0%} of {done[row]['n_test_tracks']} clips")
    figure.colorbar(image, ax=axes, label="% of the true genre's clips", shrink=0.8)
    _save(figure, folder, "paper-confusion")


def classes_figure(folder: Path, done: dict[str, dict[str, Any]]) -> None:
    """Precision, recall and F1 of each genre under chunk-random and strict: ``paper-classes``."""
    figure, axes = _new(11.0, 3.6, columns=2)
    for axis, row in zip(axes, ("chunk-random", "strict"), strict=True):
        per_class = done[row]["vote"]["per_class"]
        for shift, (measure, colour) in enumerate((("precision", SKY), ("recall", BLUE), ("f1", ORANGE))):
            places = np.arange(len(per_class)) + 0.27 * (shift - 1)
            label = measure if measure != "f1" else "F1"
            axis.bar(places, [s[measure] for s in per_class.values()], 0.26, color=colour, label=label)
        axis.set_xticks(range(len(per_class)), list(per_class), rotation=45, ha="right")
        axis.set_ylim(0, 1)
        axis.set_ylabel("share of clips")
        axis.set_title(f"{row} (vote of a clip's chunks)")
    axes[1].legend(frameon=False, fontsize=8, loc="upper right")
    _save(figure, folder, "paper-classes")


def spectrogram_figure(folder: Path, clip: Path) -> tuple[tuple[int, int], tuple[int, int]]:
    """A clip's and a chunk's mel spectrogram and the square the network sees: ``paper-spectrograms``.

    Returns the shapes of the first two, (128, 1293) and (128, 216) for a clip of GTZAN.
    """
    from segue.audio.mono import read_mono
    from segue.research.training.paper_audio import square_of
    from segue.signal.front_end import MEL128_V1
    from segue.signal.mel import mel_spectrogram_db

    rate = MEL128_V1.sample_rate_hz
    mono = read_mono(clip, rate)[: 30 * rate + 282]
    whole, chunk = mel_spectrogram_db(mono, MEL128_V1), mel_spectrogram_db(mono[: 5 * rate], MEL128_V1)
    square = square_of(chunk)
    figure, axes = _new(11.0, 3.6, columns=3, widths=(3.2, 1.3, 1.0))
    for axis, picture, length_s, title in (
        (axes[0], whole, len(mono) / rate, f"30 s clip, {whole.shape}"),
        (axes[1], chunk, 5.0, f"5 s chunk, {chunk.shape}"),
        (axes[2], square, 5.0, f"what the network sees, {square.shape}"),
    ):
        image = axis.imshow(
            picture,
            origin="lower",
            aspect="auto",
            cmap="cividis",
            vmin=-80,
            vmax=0,
            extent=(0, length_s, 0, 128),
        )
        axis.set_xlabel("time, s")
        axis.set_title(title, fontsize=9)
    axes[0].set_ylabel("mel band")
    figure.colorbar(image, ax=axes, label="dB below the loudest")
    figure.suptitle(clip.stem, fontsize=9)
    _save(figure, folder, "paper-spectrograms")
    return whole.shape, chunk.shape


def _new(width: float, height: float, columns: int = 1, widths: tuple[float, ...] | None = None) -> Any:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)  # no display is needed, nor asked for
    axes = figure.subplots(1, columns, width_ratios=widths)
    for axis in [axes] if columns == 1 else axes:
        axis.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _patch(colour: str, label: str) -> Any:
    from matplotlib.patches import Patch

    return Patch(color=colour, label=label)


def _save(figure: Any, folder: Path, name: str) -> None:
    figure.savefig(folder / f"{name}.png", dpi=110, bbox_inches="tight")
    figure.savefig(folder / f"{name}.svg", bbox_inches="tight", metadata={"Date": None})
