"""Progress on standard error: share done, rate, time left and failures; quiet where it is not a terminal."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING

from segue.text import visible

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class ProgressBar:
    """Shows how much of a task is done; a context manager.

    ``unit`` names what is counted ("tracks"); ``transient`` removes the bar when it ends.
    """

    def __init__(self, unit: str = "tracks", *, label: str = "", transient: bool = False) -> None:
        self._unit, self._label, self._transient = unit, label, transient
        self._failed = 0
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> ProgressBar:
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def total(self, n_items: int) -> None:
        """Set how many items there are."""
        self._start()
        self._update(total=n_items)

    def step(self, failed: bool = False) -> None:
        """Count one item, failed or not."""
        self._failed += failed
        self._update(advance=1, note=f"{self._failed} failed" if self._failed else "")

    def at(self, what: str, n_done: int, n_items: int) -> None:
        """Set what is under way, and how many of how many items are done."""
        self._update(total=n_items, completed=n_done, note=visible(what))

    def _start(self) -> None:
        if self._progress is not None or not sys.stderr.isatty():
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            TextColumn("{task.fields[note]}", markup=False),
            console=Console(stderr=True, highlight=False),
            transient=self._transient,
            refresh_per_second=5,
        )
        self._task = self._progress.add_task(self._label or self._unit, total=None, note="", rate="")
        self._progress.start()

    def _update(self, **what: int | str) -> None:
        if self._progress is None or self._task is None:
            return
        task = self._progress.tasks[0]
        rate = f"{task.speed:.1f} {self._unit}/s" if task.speed else ""
        self._progress.update(self._task, rate=rate, **what)  # type: ignore[arg-type]

    def _stop(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


class ScanBar(ProgressBar):
    """Progress of a scan."""


class ListeningBar(ProgressBar):
    """Progress of the listening that comes before other work: removed when its last file is done."""

    def __init__(self) -> None:
        super().__init__(label="looking for copies", transient=True)
        self._left = 0

    def total(self, n_items: int) -> None:
        """Set how many files there are, and begin."""
        self._left = n_items
        super().total(n_items)

    def step(self, failed: bool = False) -> None:
        """Count one file; the last one ends the bar."""
        super().step(failed)
        self._left -= 1
        if self._left <= 0:
            self._stop()


class StepBar(ProgressBar):
    """Progress over models or experiments."""

    def __init__(self) -> None:
        super().__init__("models")

    def step(self, what: str, n_done: int, n_steps: int) -> None:  # type: ignore[override]
        """Set what is under way, and how many of how many steps are done."""
        self.at(what, n_done, n_steps)
