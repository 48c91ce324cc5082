"""`segue reproduce`."""

from __future__ import annotations

from pathlib import Path

import click

from segue.cli.options import force_option, json_option
from segue.cli.show import columns, print_document, say
from segue.report.words import percent_interval


@click.group()
def reproduce() -> None:
    """Run published experiments again."""


@reproduce.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True),
    required=True,
    help="GTZAN: audio, or the mel archive.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the runs.")
@click.option(
    "--page", type=click.Path(path_type=Path), help="Folder of the page and its figures; default --out."
)
@click.option("--rows", help="Only these rows, separated by commas; the page comes with the last of them.")
@click.option(
    "--epochs", type=click.IntRange(min=1), help="Another number of epochs than the preset's, for all rows."
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of split and training."
)
@click.option(
    "--device",
    type=click.Choice(["cpu", "cuda", "mps", "auto"]),
    default="cpu",
    show_default=True,
    help="Where to train.",
)
@force_option
@json_option
def paper(
    data: Path,
    out: Path,
    page: Path | None,
    rows: str | None,
    epochs: int | None,
    seed: int,
    device: str,
    force: bool,
    as_json: bool,
) -> None:
    """The student report's network under five protocols, with its leak and without (needs 'train' and 'plots').

    Hours on two cores. Stop it and give the same command again: it goes on where it was.
    """
    from segue.research.reproduce.experiment import reproduce_paper
    from segue.research.reproduce.report import ROWS

    chosen = ROWS if rows is None else tuple(row.strip() for row in rows.split(","))
    found = reproduce_paper(
        data,
        out,
        page=page,
        rows=chosen,
        epochs=epochs,
        seed=seed,
        device=device,
        force=force,
        on_row=lambda row, text: say(f"{row}: {text}", err=True),
    )
    if as_json:
        print_document(found)
        return
    table = [("protocol", "chunks", "clips", "95 % interval", "leaking test clips")]
    for row in found.rows:
        n_leaking = len(row.leaks.tracks) if row.leaks is not None else 0
        table.append(
            (
                row.protocol,
                f"{row.chunk.accuracy:.1%}",
                f"{row.vote.accuracy:.1%}",
                percent_interval(*row.vote.ci95),
                f"{n_leaking} of {row.n_test_tracks}",
            )
        )
    for line in columns(table):
        say(line)
    if found.missing:
        say(f"Still to run: {', '.join(found.missing)}")
    else:
        say(f"Page: {found.page}")
