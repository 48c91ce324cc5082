"""Progress on standard error: rate, time left, and how many failed."""

from __future__ import annotations

import sys
from types import TracebackType

from tqdm import tqdm


class ScanBar:
    """Shows how far a scan is; quiet when standard error is not a terminal."""

    def __enter__(self) -> ScanBar:
        self._bar = tqdm(unit=" tracks", file=sys.stderr, disable=None, dynamic_ncols=True, smoothing=0.05)
        self._failed = 0
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()

    def total(self, n_files: int) -> None:
        """Say how many files there are."""
        self._bar.total = n_files
        self._bar.refresh()

    def step(self, failed: bool) -> None:
        """Count one file."""
        if failed:
            self._failed += 1
            self._bar.set_postfix_str(f"{self._failed} failed", refresh=False)
        self._bar.update(1)


class ListeningBar:
    """Shows how far listening is, where it is only part of the work: from the first file to the last, then gone."""

    def total(self, n_files: int) -> None:
        """Say how many files there are."""
        self._bar = tqdm(
            total=n_files,
            desc="looking for copies",
            unit=" tracks",
            file=sys.stderr,
            disable=None,
            dynamic_ncols=True,
            leave=False,
        )

    def step(self, failed: bool) -> None:
        """Count one file."""
        self._bar.update(1)
        if self._bar.n >= (self._bar.total or 0):
            self._bar.close()


class StepBar:
    """Shows which step of how many is under way; quiet when standard error is not a terminal."""

    def __enter__(self) -> StepBar:
        self._bar = tqdm(unit=" models", file=sys.stderr, disable=None, dynamic_ncols=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()

    def step(self, what: str, n_done: int, n_steps: int) -> None:
        """Say what comes next, and how far it is."""
        self._bar.total = n_steps
        self._bar.set_postfix_str(what, refresh=False)
        self._bar.n = n_done
        self._bar.refresh()
