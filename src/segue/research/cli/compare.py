"""`segue compare`."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from segue.cli.options import force_option, json_option
from segue.cli.show import columns, print_document, say

PROTOCOLS = ("warm", "cold", "cold-artists", "temporal", "user-cold")


@click.command()
@click.argument("dataset")
@click.option(
    "--data", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Where the dataset lies."
)
@click.option(
    "--models",
    metavar="A,B,...",
    help="Models to compare; default all that can score what the protocol asks for.",
)
@click.option(
    "--protocol",
    type=click.Choice(PROTOCOLS),
    default="warm",
    show_default=True,
    help="What is hidden from whom.",
)
@click.option(
    "--seeds", type=click.IntRange(min=1), default=5, show_default=True, help="How often to divide anew."
)
@click.option(
    "--trials",
    type=click.IntRange(min=1),
    metavar="N",
    help="Try N settings for each model, its own few and random draws from its ranges, once for all seeds on a fifth of "
    "the users who are asked nothing else; default its own few for each seed.",
)
@click.option(
    "--k-core",
    type=click.IntRange(min=1),
    metavar="K",
    help="Keep only users and items with at least K pairs.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder for table, page, figures and what is measured; default segue-compare/DATASET.",
)
@click.option(
    "--export",
    "exported",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write divisions, every user's measures, and answers and lists in TREC form to DIR.",
)
@force_option
@json_option
def compare(
    dataset: str,
    data: Path,
    models: str | None,
    protocol: str,
    seeds: int,
    trials: int | None,
    k_core: int | None,
    out: Path | None,
    exported: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Compare recommenders on DATASET, a kind of interactions (such as mpd-audio).

    Every model gets the same candidates, users, exclusions and measures. A run that was stopped goes
    on where it was when the same command is given again.
    """
    from segue.cli.progress import StepBar
    from segue.research.compare.command import compare_dataset
    from segue.research.compare.page import lines

    names = None if models is None else [name.strip() for name in models.split(",") if name.strip()]
    if names == []:
        raise click.UsageError("--models names no model; leave it out for all of them.")
    words = ["segue", "compare", dataset, "--data", "DIR", "--protocol", protocol, "--seeds", str(seeds)]
    words += ["--models", models] if models else []
    words += ["--trials", str(trials)] if trials else []
    words += ["--k-core", str(k_core)] if k_core else []
    with StepBar() as bar:
        report = compare_dataset(
            dataset,
            data,
            protocol=protocol,
            models=names,
            n_seeds=seeds,
            core=k_core or 0,
            trials=trials or 0,
            exported=exported,
            out=out,
            force=force,
            command=shlex.join(words),
            step=bar.step,
            say=lambda sentence: say(sentence, err=True),
        )
    for one in report.skipped:
        say(f"Left out, {one.model}: {one.reason}", err=True)
    if as_json:
        print_document(report)
        return
    for line in columns(lines(report)):
        say(line)
    say()
    for sentence in report.words:
        say(sentence)
    if report.files is not None:
        say(f"Page: {report.files.page}")
