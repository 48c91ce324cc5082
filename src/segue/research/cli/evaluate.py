"""`segue evaluate`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from segue.cli.options import json_option
from segue.cli.show import columns, print_document, say
from segue.report.words import count, points

if TYPE_CHECKING:
    from segue.research.evaluate.report import Against, Evaluation
    from segue.research.leaks import LeakVerdict

_SHOWN = 10


@click.command()
@click.argument("model", metavar="RUN|MODEL")
@click.option("--dataset", metavar="NAME", help="gtzan, fma-small, folder, csv ...; default the run's.")
@click.option("--protocol", metavar="NAME", help="How the tracks are divided; default the run's own parts.")
@click.option("--data", type=click.Path(path_type=Path), help="Where the data lies; default the run's.")
@click.option(
    "--part",
    type=click.Choice(["test", "valid"]),
    default="test",
    show_default=True,
    help="Use valid while you are still choosing.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    help="For random protocols; default the run's under its protocol, else 0.",
)
@click.option(
    "--fold",
    type=click.IntRange(min=0),
    help="Which fold of artist-kfold; default the run's own parts, else 0.",
)
@click.option(
    "--exclude",
    type=click.Path(path_type=Path),
    help="A list of tracks not to ask about, as `segue audit` writes it.",
)
@click.option("--against", metavar="RUN|MODEL", help="Another model, asked about the same tracks.")
@click.option(
    "--figures", type=click.Path(path_type=Path), help="Folder for figures (needs the extra 'plots')."
)
@json_option
def evaluate(
    model: str,
    dataset: str | None,
    protocol: str | None,
    data: Path | None,
    part: str,
    seed: int | None,
    fold: int | None,
    exclude: Path | None,
    against: str | None,
    figures: Path | None,
    as_json: bool,
) -> None:
    """Measure how often a model names the right genre, with an interval, and look for leaks.

    RUN is a folder made by segue train, MODEL an .onnx file, or the name of the model that ships.
    """
    from segue.cli.progress import ListeningBar
    from segue.report.plots import require_plots
    from segue.research.evaluate.figures import write_figures
    from segue.research.evaluate.measure import Question
    from segue.research.evaluate.measure import evaluate as measure

    if figures is not None:
        require_plots()
    question = Question(dataset, protocol, data, part, seed, fold, exclude)
    found = measure(model, question, against, ListeningBar(), lambda sentence: say(sentence, err=True))
    if figures is not None:
        for path in write_figures(found, figures):
            say(f"Wrote {path!s}", err=True)
    for failure in found.scores.failures[:_SHOWN]:
        say(f"not scored: {failure.path}: {failure.cause}", err=True)
    for sentence in found.leaks.unchecked:
        say(f"not checked: {sentence}", err=True)
    if as_json:
        print_document(found)
    else:
        _show(found)
    if found.scores.failures:
        sys.exit(3)


def _show(found: Evaluation) -> None:
    scores = found.scores
    low, high = scores.ci95
    say(f"{found.model} on {found.dataset}, {scores.protocol}, {found.part} part")
    say(
        f"accuracy {scores.accuracy:.1%} ({low:.1%} to {high:.1%}, n = {scores.n:,}, "
        f"{scores.n_artists:,} artists), macro F1 {scores.macro_f1:.1%}, ECE {scores.ece:.3f}"
    )
    if left_out := len(scores.failures) + len(scores.unknown_label):
        say(
            f"{left_out:,} tracks of the part could not be scored (unreadable, or with a label the model has no class for)"
        )
    if scores.excluded:
        say(f"{len(scores.excluded):,} tracks of the part were left out as the exclusion list says")
    rows = [("", "precision", "recall", "F1", "tracks")]
    for name, one in scores.per_class.items():
        shares = (f"{share:.1%}" for share in (one.precision, one.recall, one.f1))
        rows.append((name, *shares, str(one.support)))
    for line in columns(rows, frozenset({1, 2, 3, 4})):
        say(line)
    _show_leaks(found.leaks, "what this model learned from")
    if found.against is not None:
        _show_comparison(found.against)


def _show_leaks(leaks: LeakVerdict, source: str) -> None:
    if leaks.leak_free:
        say(f"Leak-free: no artist, performer, album, recording or file is shared with {source}.")
    elif leaks.leak_free is None:
        say("Not called leak-free: nothing was found, but not everything could be looked at.")
    else:
        names = tuple(dict.fromkeys((*leaks.artists, *leaks.performers)))
        albums = f", {count(len(leaks.albums), 'album')}" if leaks.albums else ""
        listed = f": {'; '.join(names[:_SHOWN])}{' ...' if len(names) > _SHOWN else ''}" if names else ""
        say(
            f"NOT LEAK-FREE: {len(leaks.tracks):,} of these tracks share {count(len(leaks.recordings), 'recording')}{albums} "
            f"and {count(len(names), 'artist')} with {source}{listed}"
        )


def _show_comparison(other: Against) -> None:
    say()
    say(
        f"against {other.model}: accuracy {other.scores.accuracy:.1%}; "
        f"difference {100 * other.difference:+.1f} points ({points(*other.difference_ci95)})"
    )
    say(
        f"only the first right: {other.only_first_right:,}, only the second: {other.only_second_right:,}; "
        f"McNemar's exact p = {other.mcnemar_p:.3g}"
    )
    _show_leaks(other.leaks, "what the other learned from")
