"""Progress of training on standard error: epochs done, time left, the latest loss; quiet where it is no terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from segue.cli.progress import ProgressBar
from segue.research.training.loop import Epoch


@contextmanager
def counting_bar(n: int, what: str, shown: bool = True) -> Iterator[Callable[[], None]]:
    """Yield a function that moves a bar named ``what`` by one of ``n``; nothing is drawn for none, or unless ``shown``."""
    if not (n and shown):
        yield lambda: None
        return
    with ProgressBar("items", label=what, transient=True) as bar:
        bar.total(n)
        yield bar.step


@contextmanager
def progress_bar(n_epochs: int, done: int = 0) -> Iterator[Callable[[Epoch], None]]:
    """Yield a function that, ``done`` epochs being behind a resumed run, moves the bar by one epoch and shows the losses."""
    with ProgressBar("epochs", label="train") as bar:
        bar.at("", done, n_epochs)

        def advance(epoch: Epoch) -> None:
            note = f"loss {epoch.losses['loss']:.3f}"
            if epoch.valid:
                note += f", valid {epoch.valid['accuracy']:.3f}"
            bar.at(note, epoch.epoch, epoch.n_epochs)

        yield advance
