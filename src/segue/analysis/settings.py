"""How much of a track is analysed."""

from __future__ import annotations

from dataclasses import dataclass

# Windows of 30 s the network hears of a track. What three cost and lose against hearing all of it
# is measured in docs/results/windows.md.
DEFAULT_WINDOWS = 3

# So many windows cover any track there is: "hear all of it".
ALL_WINDOWS = 1_000_000


@dataclass(frozen=True, slots=True)
class AnalysisSettings:
    """``n_windows`` of 30 s for the network; ``loudness`` False saves about a seventh of the time.

    Raises ValueError for fewer than one window.
    """

    n_windows: int = DEFAULT_WINDOWS
    loudness: bool = True

    def __post_init__(self) -> None:
        if self.n_windows < 1:
            raise ValueError("n_windows must be at least 1")
