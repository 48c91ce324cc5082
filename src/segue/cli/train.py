"""`segue train`."""

from __future__ import annotations

from pathlib import Path

import click

from segue.cli.options import json_option
from segue.cli.show import print_document


@click.command()
@click.option(
    "--config",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=Path("experiments/segue-s.toml"),
    show_default=True,
    help="The training's configuration (TOML).",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="Folder of GTZAN's mel archive and index.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the run.")
@click.option("--seed", type=click.IntRange(min=0), help="Another seed than the configuration's.")
@click.option(
    "--score-test", is_flag=True, help="Also score the test part; for a configuration that is final."
)
@json_option
def train(config: Path, data: Path, out: Path, seed: int | None, score_test: bool, as_json: bool) -> None:
    """Train a model and export it with its passport (needs the extra 'train')."""
    from segue.service.train import train_model

    passport = train_model(config, data, out, seed=seed, score_test=score_test)
    if as_json:
        print_document(passport)
        return
    for part, scores in passport["scores"].items():
        click.echo(
            f"{part.replace('_', ' ')}: accuracy {scores['accuracy']:.1%} "
            f"({scores['accuracy_low']:.1%} to {scores['accuracy_high']:.1%}), n = {scores['n']}"
        )
    click.echo(f"Model: {out / passport['name']}.onnx")
