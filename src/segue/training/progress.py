"""A bar on stderr that says how far training is and how long it will still take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

from segue.training.loop import Epoch


@contextmanager
def progress_bar(n_epochs: int) -> Iterator[Callable[[Epoch], None]]:
    """Yield a function that moves the bar by one epoch and shows the losses."""
    with tqdm(total=n_epochs, unit="epoch", desc="train") as bar:

        def advance(epoch: Epoch) -> None:
            shown = {"loss": f"{epoch.loss:.3f}"}
            if epoch.valid_accuracy is not None:
                shown["valid"] = f"{epoch.valid_accuracy:.3f}"
            bar.set_postfix(shown)
            bar.update()

        yield advance
