"""A run's curves for TensorBoard, where somebody wants them there; `metrics.jsonl` is written in any case."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from segue.errors import MissingExtra
from segue.research.training.loop import Epoch
from segue.research.training.progress import progress_bar


@contextmanager
def to_tensorboard(run_dir: Path, n_epochs: int, wanted: bool) -> Iterator[Callable[[Epoch], None] | None]:
    """Yield what to call after each epoch: None where ``wanted`` is false, else a bar that also writes events.

    Events go to ``run_dir/tensorboard``. Raises MissingExtra without the extra 'log'.
    """
    if not wanted:
        yield None
        return
    if find_spec("tensorboard") is None:
        raise MissingExtra(
            "TensorBoard is not installed; install it with: pip install 'segue[log]'.",
            code="missing-tensorboard",
        )
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(run_dir / "tensorboard")) as events, progress_bar(n_epochs) as advance:

        def write(epoch: Epoch) -> None:
            for name, value in epoch.losses.items():
                events.add_scalar(f"train/{name}", value, epoch.epoch)
            for name, value in epoch.valid.items():
                events.add_scalar(f"valid/{name}", value, epoch.epoch)
            events.add_scalar("learning_rate", epoch.learning_rate, epoch.epoch)
            advance(epoch)

        yield write
