"""`segue train`."""

from __future__ import annotations

from pathlib import Path

import click

from segue.cli.options import json_option
from segue.cli.show import print_document, say

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True),
    required=True,
    help="A folder <label>/<files>, a CSV of path,label, or the folder of --dataset.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the run.")
@click.option(
    "--preset",
    type=click.Choice(["segue-s", "paper"]),
    default="segue-s",
    show_default=True,
    help="Settings that ship with segue.",
)
@click.option("--config", type=_FILE, help="Settings of your own (TOML), instead of a preset.")
@click.option("--dataset", help="What --data holds, where that cannot be seen: gtzan, fma-small ...")
@click.option("--protocol", help="Another division into parts than the settings': strict, artist-kfold ...")
@click.option("--seed", type=click.IntRange(min=0), help="Another seed than the settings'.")
@click.option("--device", type=click.Choice(["cpu", "cuda", "mps", "auto"]), help="Where to train.")
@click.option("--epochs", type=click.IntRange(min=1), help="Another number of epochs than the settings'.")
@click.option("--exclude", type=_FILE, help="A list of tracks to leave out, as `segue audit` writes it.")
@click.option(
    "--tensorboard", is_flag=True, help="Also write curves for TensorBoard (needs the extra 'log')."
)
@click.option(
    "--score-test", is_flag=True, help="Also score the test part; for a configuration that is final."
)
@json_option
def train(
    data: Path,
    out: Path,
    preset: str,
    config: Path | None,
    dataset: str | None,
    protocol: str | None,
    seed: int | None,
    device: str | None,
    epochs: int | None,
    exclude: Path | None,
    tensorboard: bool,
    score_test: bool,
    as_json: bool,
) -> None:
    """Train a model and export it with its passport (needs the extra 'train').

    The same command goes on with a run that was stopped or killed.
    """
    from segue.cli.progress import ListeningBar
    from segue.research.train import train_model

    passport = train_model(
        data,
        out,
        config=config,
        preset=preset,
        dataset=dataset,
        protocol=protocol,
        seed=seed,
        device=device,
        epochs=epochs,
        exclude=exclude,
        tensorboard=tensorboard,
        score_test=score_test,
        listening=ListeningBar(),
        tell=lambda sentence: say(sentence, err=True),
    )
    if as_json:
        print_document(passport)
        return
    trained_on = passport["trained_on"]
    say(f"learned from {trained_on['n']} tracks of {trained_on['dataset']}, {trained_on['split']}")
    for path in trained_on["unreadable"]:
        say(f"left out, unreadable: {path}")
    for part, scores in passport["scores"].items():
        say(
            f"{part.replace('_', ' ')}: accuracy {scores['accuracy']:.1%} "
            f"({scores['accuracy_low']:.1%} to {scores['accuracy_high']:.1%}), n = {scores['n']}"
        )
    say(f"Model: {out / passport['name']}.onnx")
