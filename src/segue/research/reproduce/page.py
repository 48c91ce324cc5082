"""The page of the reproduction: the table of rows, what it means, and what became of the report's limitations."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from segue.encode import document
from segue.files import OutputKind, check_output, write_output
from segue.grading.report import TABLE
from segue.report import plots
from segue.report.page import Table, render
from segue.report.words import count, percent, percent_interval, points, signed
from segue.research.reproduce.figures import (
    SIDE_BY_SIDE,
    Shapes,
    classes_figure,
    confusion_figure,
    curves_figure,
    leak_figure,
    spectrogram_figure,
)
from segue.research.reproduce.report import ChunkScores, Reproduction, RowResult, VoteScores

_WHAT = {
    "chunk-random": "all chunks pooled, 75/25 at random, as in the report: **leaky**",
    "size-matched-leaky": "the same over the fault-filtered clips, with as many training chunks as that row: **leaky**",
    "track-random": "whole clips, 75/25 at random, whoever made them: artists and copies leak",
    "fault-filtered": "the published artist-aware parts without faulty clips",
    "strict": "fault-filtered, and no artist and no recording in two parts",
}
_ANSWERS = Table(
    ("the report could not", "what answers it"),
    (
        (
            "judge full songs: GTZAN's clips are short and old",
            "`segue scan` analyses whole files of any length and stores the results",
        ),
        (
            "trust its data: mislabelled, corrupt and repeated tracks",
            "`segue audit` names them, with evidence ([audit](audit.md)); the fault-filtered and strict protocols leave them out",
        ),
        (
            "name finer genres than ten",
            "`segue train --data FOLDER` learns any folder of labels; FMA's tree of 163 genres is an index here",
        ),
        (
            "recommend better than at random within a genre, though rhythm, mood, harmony and timbre were promised",
            "`segue like` ranks by sound ([albums](albums.md)); the report's way remains as the baseline, `segue like --by same-genre`",
        ),
        (
            "**its failure**: compare with collaborative filtering, for want of data with both sides",
            "`segue compare` on playlists whose tracks have content",
        ),
    ),
    numeric=False,
)

_MARKDOWN = OutputKind("reproduction", rb"# The report's network")


@dataclass(frozen=True, slots=True)
class Page:
    """All that the template ``paper.md`` shows."""

    commands: tuple[str, ...]
    made: str
    finding: str
    rows: Table
    protocols: tuple[str, ...]
    differences: Table
    reading: tuple[str, ...]
    genres: Table
    shapes: Shapes | None
    origins: tuple[str, ...]
    answers: Table


def outputs(folder: Path) -> dict[Path, OutputKind]:
    """Return the files that `write_page` writes to ``folder``, beside figures."""
    return {folder / "paper.json": TABLE, folder / "paper.md": _MARKDOWN}


def check_page(folder: Path, *, force: bool = False) -> None:
    """Raise SegueError where `write_page` would replace what segue did not write; see `segue.files.check_output`."""
    if folder.is_dir():
        for path, kind in outputs(folder).items():
            check_output(path, kind, force=force)


def write_page(folder: Path, found: Reproduction, clip: Path | None, *, force: bool = False) -> None:
    """Write ``paper.md``, ``paper.json`` and the figures to ``folder``; ``clip`` is drawn where there is one."""
    figures = [
        leak_figure(found.rows),
        curves_figure(found.rows),
        confusion_figure(found),
        classes_figure(found),
    ]
    shapes = None
    if clip is not None:
        figure, shapes = spectrogram_figure(clip)
        figures.append(figure)
    for figure in figures:
        plots.save(figure, folder)
    contents = (json.dumps(document(found), indent=1) + "\n").encode(), page(found, shapes).encode()
    for (path, kind), content in zip(outputs(folder).items(), contents, strict=True):
        write_output(path, content, kind, force=force)


def page(found: Reproduction, shapes: Shapes | None) -> str:
    """Return the page in Markdown; it links the figures by their names."""
    first = found.rows[0]
    return render(
        "paper.md",
        page=Page(
            commands=tuple(found.command.splitlines()),
            made=f"{_epochs(found.rows)}, seed {_each([r.config.seed for r in found.rows])}, from the {first.source}.",
            finding=_finding(found),
            rows=_rows(found.rows),
            protocols=tuple(f"**{row.protocol}**: {_WHAT[row.protocol]}." for row in found.rows),
            differences=_differences(found),
            reading=_reading(found),
            genres=_genres(found),
            shapes=shapes,
            origins=_origins(found),
            answers=_ANSWERS,
        ),
    )


def _finding(found: Reproduction) -> str:
    main = found.difference(*SIDE_BY_SIDE)
    leaky, strict = (found.row(protocol).vote.accuracy for protocol in SIDE_BY_SIDE)
    less = "less" if main.difference >= 0 else "more"
    return (
        "The student report cut clips into 5 s chunks, divided the *chunks* at random and found its accuracy impressive. "
        "Ten overlapping chunks of one clip are nearly one chunk: the network was trained on what it is tested on. Divided "
        f"so, it names **{percent(leaky, 1)}** of clips right; where no artist and no recording is in two parts, "
        f"**{percent(strict, 1)}**: {count(round(abs(100 * main.difference)), 'point')} {less} (95 % interval "
        f"{points(*main.ci95)})."
    )


def _rows(rows: Sequence[RowResult]) -> Table:
    heading = (
        "protocol",
        "training chunks (clips)",
        "test chunks (clips)",
        "chunk accuracy",
        "clip accuracy, by vote",
        "by hard majority",
        "macro F1",
        "test clips that leak",
    )
    return Table(heading, tuple(_cells(row) for row in rows))


def _cells(row: RowResult) -> tuple[str, ...]:
    return (
        row.protocol,
        f"{row.n_train_chunks:,} ({row.n_train_tracks})",
        f"{row.n_test_chunks:,} ({row.n_test_tracks})",
        _accuracy(row.chunk),
        _accuracy(row.vote),
        percent(row.vote.hard_majority_accuracy, 1),
        f"{row.vote.macro_f1:.3f}",
        f"{len(row.leaks.tracks) if row.leaks else 0} of {row.n_test_tracks}",
    )


def _accuracy(scores: ChunkScores | VoteScores) -> str:
    return f"{percent(scores.accuracy, 1)} ({percent_interval(*scores.ci95)})"


def _differences(found: Reproduction) -> Table:
    rows = tuple(
        (
            " \u2212 ".join(one.rows),
            signed(100 * one.difference, 1),
            points(*one.ci95),
            "same test clips, paired" if one.paired else "different test clips",
        )
        for one in found.differences
    )
    return Table(("difference in clip accuracy", "points", "95 % interval", "compared on"), rows)


def _reading(found: Reproduction) -> tuple[str, ...]:
    """What the intervals allow to be said."""
    sized = found.difference("size-matched-leaky", "fault-filtered")
    strict = found.difference("fault-filtered", "strict")
    opening = "More data is not what makes the difference"
    if sized.ci95[0] <= 0:
        opening = "Whether more data makes the difference cannot be told"
    clear = strict.ci95[0] > 0 or strict.ci95[1] < 0
    return (
        f"{opening}: with as few training chunks as fault-filtered has, the leaky division still stands at "
        f"{percent(found.row('size-matched-leaky').vote.accuracy, 1)} ({signed(100 * sized.difference, 1)} points, "
        f"{points(*sized.ci95)}).",
        f"Between fault-filtered and strict, on the same test clips, the difference is {signed(100 * strict.difference, 1)} "
        f"points ({points(*strict.ci95)}): {'a real one' if clear else 'too small to tell from chance here'}.",
    )


def _genres(found: Reproduction) -> Table:
    heading = ("genre", *(f"{protocol}: precision / recall / F1" for protocol in SIDE_BY_SIDE))
    scores = [found.row(protocol).vote.per_class for protocol in SIDE_BY_SIDE]
    rows = tuple(
        (
            name,
            *(f"{one[name].precision:.2f} / {one[name].recall:.2f} / {one[name].f1:.2f}" for one in scores),
        )
        for name in found.rows[0].classes
    )
    return Table(heading, rows)


def _origins(found: Reproduction) -> tuple[str, ...]:
    """What is the report's, what is inferred, and what is ours."""
    first = found.rows[0]
    paper, config = first.config.paper, first.config
    epochs = _each([count(row.config.epochs, "epoch") for row in found.rows])
    return (
        "**The report's**: 22,050 Hz, 5 s chunks every 3 s, ten a clip (the tenth zero-padded), 9,990 chunks of 999 "
        "readable clips (jazz.00054 is unreadable in every current copy), 128 mel bands resized to "
        f"{paper.shape_length} x {paper.shape_length}, five blocks of two 3 x 3 convolutions, {first.n_parameters:,} "
        "parameters, one-hot labels, categorical cross-entropy, 75/25.",
        f"**Inferred** from the number of parameters: filters {', '.join(map(str, paper.filters))} and a dense layer of "
        f"{paper.dense:,}.",
        f"**Ours**: dropout {', '.join(map(str, paper.dropouts))} after the blocks and {paper.dense_dropout} after the "
        f"dense layer, Adam at {config.learning_rate:g}, batches of {config.batch_size}, {epochs}, torch instead of "
        "TensorFlow, bfloat16 convolutions. One seed: what another seed would change is not in the intervals.",
        "**From the mel archive** (where there is no audio of all clips) a second has 12.9 frames instead of 43, resized "
        "the same way, and decibels are below the clip's loudest, not the chunk's.",
    )


def _epochs(rows: Sequence[RowResult]) -> str:
    """How long the rows were trained: the same for all of them, or how long each."""
    if len({row.config.epochs for row in rows}) == 1:
        return f"{count(rows[0].config.epochs, 'epoch')} for every row"
    return ", ".join(f"{row.protocol} {count(row.config.epochs, 'epoch')}" for row in rows)


def _each(values: Sequence[object]) -> str:
    """What the rows have in common, or each of what they have."""
    return " or ".join(dict.fromkeys(map(str, values)))
