"""A bar on stderr that says how far training is and how long it will still take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

from segue.research.training.loop import Epoch


@contextmanager
def counting_bar(n: int, what: str, shown: bool = True) -> Iterator[Callable[[], None]]:
    """Yield a function that moves a bar named ``what`` by one of ``n``; nothing is drawn for none, or unless ``shown``."""
    with tqdm(total=n, desc=what, leave=False, disable=not (n and shown)) as bar:

        def step() -> None:
            bar.update()

        yield step


@contextmanager
def progress_bar(n_epochs: int, done: int = 0) -> Iterator[Callable[[Epoch], None]]:
    """Yield a function that, ``done`` epochs being behind a resumed run, moves the bar by one epoch and shows the losses."""
    with tqdm(total=n_epochs, initial=done, unit="epoch", desc="train") as bar:

        def advance(epoch: Epoch) -> None:
            shown = {"loss": f"{epoch.losses['loss']:.3f}"}
            if epoch.valid:
                shown["valid"] = f"{epoch.valid['accuracy']:.3f}"
            bar.set_postfix(shown)
            bar.update()

        yield advance
