"""Times of listening, as Unix seconds, from whatever unit a set writes them in."""

from __future__ import annotations

CLOCK_SLACK_S = 86_400  # a day: what clocks and time zones may disagree by before a time is in the future
