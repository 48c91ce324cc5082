"""The figures of the reproduction: the leak, the curves, confusions, scores of genres, spectrograms."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segue.report import plots
from segue.report.classifiers import draw_class_scores, draw_confusion
from segue.report.words import percent
from segue.research.reproduce.report import Reproduction, RowResult

LEAKY, HONEST = plots.ORANGE, plots.BLUE
LABELS = {
    "chunk-random": "chunk-random\n(the report's)",
    "size-matched-leaky": "chunk-random,\nas little data as fault-filtered",
}
SIDE_BY_SIDE = ("chunk-random", "strict")


@dataclass(frozen=True, slots=True)
class Shapes:
    """Mel bands and frames of a clip's and a chunk's spectrogram."""

    clip: tuple[int, int]
    chunk: tuple[int, int]


def leak_figure(rows: Sequence[RowResult]) -> plots.Figure:
    """Return accuracy by track and by chunk of every row, with intervals."""
    figure, (axes,) = plots.new(8.0, 3.9)
    for place, row in enumerate(reversed(rows)):
        colour = LEAKY if row.leaky or row.protocol == "track-random" else HONEST
        accuracy, (low, high) = row.vote.accuracy, row.vote.ci95
        axes.barh(place, 100 * accuracy, color=colour, height=0.62)
        ends = [[100 * (accuracy - low)], [100 * (high - accuracy)]]
        axes.errorbar(100 * accuracy, place, xerr=ends, color="black", capsize=4, linewidth=1.2)
        axes.plot(100 * row.chunk.accuracy, place, "D", color="white", markeredgecolor="black", markersize=5)
        axes.text(1.5, place, percent(accuracy), va="center", color="white", fontweight="bold")
    axes.set_yticks(range(len(rows)), [LABELS.get(row.protocol, row.protocol) for row in reversed(rows)])
    axes.set_xlim(0, 100)
    axes.set_xlabel(
        "test clips named right, % (bar: vote of a clip's chunks, 95 % interval; diamond: single chunks)"
    )
    axes.set_title("One network, one number of epochs, five ways to divide GTZAN")
    for colour, label in (
        (LEAKY, "test clips, artists or copies also in training"),
        (HONEST, "published and strict parts"),
    ):
        axes.barh(0, 0, color=colour, label=label)
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return plots.finish(figure, "paper-leak", "Accuracy under five protocols")


def curves_figure(rows: Sequence[RowResult]) -> plots.Figure:
    """Return loss and accuracy by epoch, on the training chunks and on the watched ones."""
    figure, axes = plots.new(9.5, 3.8, columns=2)
    colours = (plots.ORANGE, plots.VERMILION, plots.SKY, plots.BLUE, plots.GREEN)
    for row, colour in zip(rows, colours, strict=False):
        for axis, train, valid, scale in (
            (axes[0], "loss", "nll", 1),
            (axes[1], "accuracy", "accuracy", 100),
        ):
            epochs = [point.epoch for point in row.curves]
            axis.plot(epochs, _scaled([p.losses for p in row.curves], train, scale), ":", color=colour)
            watched = [point for point in row.curves if point.valid]
            shown = _scaled([p.valid for p in watched], valid, scale)
            axis.plot(
                [p.epoch for p in watched], shown, "o-", color=colour, label=row.protocol, markersize=3.5
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
        "dotted: training chunks; solid: validation (of the chunk protocols: the held-out chunks, as in the report)",
        fontsize=9,
    )
    return plots.finish(figure, "paper-curves", "Loss and accuracy by epoch")


def _scaled(values: Sequence[Mapping[str, float | None]], name: str, scale: float) -> list[float]:
    """Values of each epoch; one that was no finite number is drawn as a gap."""
    found = [value[name] for value in values]
    return [math.nan if one is None else scale * one for one in found]


def confusion_figure(found: Reproduction) -> plots.Figure:
    """Return the confusions under chunk-random and under strict."""
    figure, axes = plots.new(11.0, 5.2, columns=2)
    for axis, protocol in zip(axes, SIDE_BY_SIDE, strict=True):
        row = found.row(protocol)
        image = draw_confusion(axis, np.array(row.vote.confusion), row.classes, in_percent=True)
        axis.set_title(f"{protocol}: {percent(row.vote.accuracy)} of {row.n_test_tracks} clips")
    figure.colorbar(image, ax=axes, label="% of the true genre's clips", shrink=0.8)
    return plots.finish(figure, "paper-confusion", "Genres that are taken for one another")


def classes_figure(found: Reproduction) -> plots.Figure:
    """Return precision, recall and F1 of each genre under chunk-random and strict."""
    figure, axes = plots.new(11.0, 4.6, columns=2)
    for axis, protocol in zip(axes, SIDE_BY_SIDE, strict=True):
        draw_class_scores(axis, found.row(protocol).vote.per_class)
        axis.set_title(f"{protocol} (vote of a clip's chunks)")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
    return plots.finish(figure, "paper-classes", "Precision, recall and F1")


def spectrogram_figure(clip: Path) -> tuple[plots.Figure, Shapes]:
    """Return a clip's and a chunk's mel spectrogram and the square the network sees, and the shapes of the first two.

    They are (128, 1293) and (128, 216) for a clip of GTZAN.
    """
    from segue.audio.mono import read_mono
    from segue.research.reproduce.audio import square_of
    from segue.signal.front_end import MEL128_V1
    from segue.signal.mel import mel_spectrogram_db

    rate = MEL128_V1.sample_rate_hz
    mono = read_mono(clip, rate)[: 30 * rate + 282]
    whole, chunk = mel_spectrogram_db(mono, MEL128_V1), mel_spectrogram_db(mono[: 5 * rate], MEL128_V1)
    square = square_of(chunk)
    figure, axes = plots.new(11.0, 3.6, columns=3, widths=(3.2, 1.3, 1.0))
    for axis, picture, length_s, title in (
        (axes[0], whole, len(mono) / rate, f"30 s clip, {whole.shape}"),
        (axes[1], chunk, 5.0, f"5 s chunk, {chunk.shape}"),
        (axes[2], square, 5.0, f"network input, {square.shape}"),
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
    return plots.finish(figure, "paper-spectrograms", "Mel spectrograms"), Shapes(whole.shape, chunk.shape)
