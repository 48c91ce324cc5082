"""Key and mode from the twelve pitch classes."""

from __future__ import annotations

import numpy as np

from segue.types import Key

TONICS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")

# Albrecht and Shanahan, "The use of large corpora to train a new type of key-finding algorithm" (2013):
# mean pitch-class shares of about a thousand pieces, from the tonic upwards. On synthetic triads and cadences
# in five timbres these were always right, Krumhansl and Kessler's (1982) in 91 %.
_MAJOR = np.array([0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081])
_MINOR = np.array([0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052])


def estimate_key(chroma: np.ndarray) -> Key | None:
    """Return the key whose profile ``chroma`` ``(12,)``, C to B, follows best; None when nothing sounded.

    The profile is found by correlation (Krumhansl and Schmuckler, in Krumhansl 1990). ``strength`` is
    that correlation times how far the chroma stands out from flat compared with the profile (the slope
    of their regression, at most 1): noise may correlate with some profile, but barely stands out.
    """
    chroma = np.asarray(chroma, dtype=np.float64)
    total = chroma.sum()
    if not np.isfinite(total) or total <= 0.0:
        return None
    heard = chroma / total - 1.0 / 12.0
    profiles = np.stack([np.roll(p / p.sum() - 1.0 / 12.0, t) for p in (_MAJOR, _MINOR) for t in range(12)])
    spread = np.linalg.norm(heard)
    if spread < 1e-9:
        return None
    widths = np.linalg.norm(profiles, axis=1)
    correlation = profiles @ heard / (widths * spread)
    best = int(np.argmax(correlation))
    slope = float(spread * correlation[best] / widths[best])
    strength = float(np.clip(correlation[best] * min(1.0, slope), 0.0, 1.0))
    return Key(TONICS[best % 12], "major" if best < 12 else "minor", strength)
