"""The executor for a number of jobs: the one place that decides where work runs."""

from __future__ import annotations

import os

from segue.execution.contract import Executor

# Starting worker processes costs about as much as analysing so many tracks here.
_WORTH_WORKERS = 4


def default_executor(
    jobs: int | None = None, n_items: int | None = None, n_worthwhile: int = _WORTH_WORKERS
) -> Executor:
    """Return an executor with ``jobs`` workers (None: one for each core), to be used in a ``with``.

    Workers are processes, started when there is work. ``n_items`` says that there will be no more items than that
    and that none can do harm: fewer than ``n_worthwhile``, or all where there is one job, are then run in this process.
    Raises ValueError for fewer than one job.
    """
    jobs = cores() if jobs is None else jobs
    if n_items is not None and jobs >= 1 and (jobs == 1 or n_items < n_worthwhile):
        from segue.execution.serial import SerialExecutor

        return SerialExecutor()
    from segue.execution.processes import ProcessExecutor

    return ProcessExecutor(jobs)


def cores() -> int:
    """Return how many cores this process may use, at least one."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1
