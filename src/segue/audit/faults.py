"""Faults of one file by itself: damage, silence, clipping, a band limit, hum; decided from its measurements."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from segue.audit.findings import Finding
from segue.audit.hum import MAINS_HZ, HumLines
from segue.audit.sound import Sound

# docs/results/audit.md gives how often each of these is found on soundtracks without known faults.
TOO_SHORT_S = 5.0  # one chunk of the network
_MOSTLY_SILENT = 0.5
_CLIPPED_RUNS_PER_S = 1.0
_CLIPPED_BADLY = 0.001  # of all samples
_EDGE_LOWEST_HZ, _EDGE_HIGHEST_HZ = 2_000.0, 13_000.0  # MP3 at 64 kbit/s ends near 11 kHz, at 128 near 16
_EDGE_OF_HALF_RATE = 0.8  # resamplers and converters fall off above
_EDGE_DB = 25.0  # the fall across it
_EDGE_HALF_HZ = 400.0  # within so much to either side
_EDGE_BAND_HZ = 1_500.0  # levels are medians over so much on either side
_NOTHING_DB = 45.0  # the level above the edge is so far below the level beneath it
# Set on the four soundtracks of benchmarks.audit_copies.TUNED_ON, which are not known to hum; their rate of false
# findings is in docs/results/audit.md.
_HUM_LINE_DB = 8.0  # hum has at least _HUM_LINES lines so prominent,
_HUM_LINES = 3
_HUM_HIGHEST_DB = 15.0  # and one of them so prominent;
_HUM_ONE_DB = 20.0  # or a single one so prominent,
_HUM_SWING_DB = 6.0  # whose level varies by no more than this,
_HUM_OFF_HZ = 0.25  # at the mains frequency: G1, the note next to 50 Hz, is 1 Hz off, G2 2 Hz off 100
# The highest line above everything else within 5.5 Hz: a loop of one second has lines at every whole hertz, and
# music001 of planetblupi, which has such lines at 100, 200 and 300 Hz, does not hum.
_HUM_ALONE_DB = 6.0


def faults(track: str, sound: Sound) -> Iterator[Finding]:
    """Yield the faults of ``track``; nothing for a faultless file."""
    yield from _lost_audio(track, sound)
    if sound.silent_share >= 1.0:
        evidence = f"Its peak level never exceeds -60 dBFS in {sound.duration_s:,.1f} s."
        yield _about("silent", "high", track, evidence, silent_share=1.0)
        return
    if sound.silent_share > _MOSTLY_SILENT:
        evidence = f"{sound.silent_share:.0%} of its {sound.duration_s:,.1f} s are below -60 dBFS."
        yield _about("silent", "medium", track, evidence, silent_share=round(sound.silent_share, 3))
    yield from _clipping(track, sound)
    edge_hz = edge(sound.spectrum_db, sound.sample_rate_hz)
    if edge_hz is not None:
        evidence = (
            f"There is nothing above {edge_hz / 1000:,.1f} kHz; its sampling rate of {sound.sample_rate_hz:,} Hz allows "
            f"{sound.sample_rate_hz / 2000:,.1f} kHz."
        )
        yield _about("band-limited", "low", track, evidence, edge_hz=round(edge_hz))
    yield from _hum(track, sound)


def edge(spectrum_db: np.ndarray, sample_rate_hz: int) -> float | None:
    """Return the frequency in Hz of the sharp upper edge of a mean spectrum, None where there is none.

    An edge is a fall by 25 dB within 800 Hz, below 13 kHz and below four fifths of half the sampling rate, with nothing
    above it: the spectrum of music with little treble falls slowly.
    """
    hz = np.linspace(0.0, sample_rate_hz / 2, len(spectrum_db))
    step_hz = hz[1]
    band, half = round(_EDGE_BAND_HZ / step_hz), round(_EDGE_HALF_HZ / step_hz)
    best: tuple[float, float] | None = None
    highest_hz = min(_EDGE_HIGHEST_HZ, _EDGE_OF_HALF_RATE * sample_rate_hz / 2)
    for at in range(round(_EDGE_LOWEST_HZ / step_hz), round(highest_hz / step_hz), max(1, half // 4)):
        below = float(np.median(spectrum_db[max(0, at - half - band) : at - half]))
        beyond = spectrum_db[at + half : at + half + band]
        if not len(beyond):
            break
        near = float(np.median(spectrum_db[max(0, at - half - band // 4) : at - half]))
        fall = near - float(np.median(beyond))
        rest = float(np.percentile(spectrum_db[at + half :], 90))
        # A slow roll-off falls as much below its steepest point as across it.
        steep = fall - 2.0 * max(0.0, below - near)
        if (
            steep >= _EDGE_DB
            and below - rest >= min(_NOTHING_DB, _EDGE_DB)
            and (best is None or steep > best[0])
        ):
            best = steep, float(hz[at])
    if best is None:
        return None
    # Medians blur an edge; it is where the level falls most within 200 Hz.
    first = max(0, round(best[1] / step_hz) - half - band)
    seen = spectrum_db[first : round(best[1] / step_hz) + half + band]
    reach = max(1, round(200.0 / step_hz))
    found_hz = float(hz[first + int(np.argmax(seen[:-reach] - seen[reach:])) + reach // 2])
    # Found from below the limit it may be above it: then it is none of these.
    return found_hz if found_hz < highest_hz else None


def mains_lines(hum: HumLines) -> tuple[float, tuple[int, ...], float] | None:
    """Return the mains frequency in Hz, the multiples of it that are constant lines, and the prominence of the highest in dB.

    None where there is no hum; docs/how-to/audit.md gives the definition.
    """
    for row, mains_hz in enumerate(MAINS_HZ):
        out_db, alone_db, swing_db, off_hz = (
            column[row] for column in (hum.out_db, hum.alone_db, hum.swing_db, hum.off_hz)
        )
        standing = np.flatnonzero(np.nan_to_num(out_db) >= _HUM_LINE_DB)
        if not len(standing) or standing[0] > 1:
            continue  # the line at the mains frequency or its double is always there
        highest = max(standing, key=lambda k: out_db[k])
        # Notes of a chord are not three multiples of one frequency.
        many = (
            len(standing) >= _HUM_LINES
            and out_db[highest] >= _HUM_HIGHEST_DB
            and alone_db[highest] >= _HUM_ALONE_DB
        )
        one = (
            (out_db[:2] >= _HUM_ONE_DB)
            & (alone_db[:2] >= _HUM_ALONE_DB)
            & (swing_db[:2] <= _HUM_SWING_DB)
            & (off_hz[:2] <= _HUM_OFF_HZ)
        )
        if many or one.any():
            return mains_hz, tuple(int(k) + 1 for k in standing), float(out_db[highest])
    return None


def _lost_audio(track: str, sound: Sound) -> Iterator[Finding]:
    if sound.truncated and sound.declared_s is not None:
        evidence = f"It declares {sound.declared_s:,.1f} s and holds {sound.duration_s:,.1f} s."
        values = {"declared_s": round(sound.declared_s, 3), "duration_s": round(sound.duration_s, 3)}
        yield _about("truncated", "medium", track, evidence, **values)
    elif sound.damage and "cut off" in sound.damage:
        yield _about("truncated", "medium", track, sound.damage, duration_s=round(sound.duration_s, 3))
    elif sound.damage:
        yield _about("damaged", "medium", track, sound.damage, duration_s=round(sound.duration_s, 3))
    if sound.duration_s < TOO_SHORT_S:
        evidence = f"It lasts {sound.duration_s:,.2f} s; the network needs chunks of {TOO_SHORT_S:.0f} s."
        yield _about("too-short", "medium", track, evidence, duration_s=round(sound.duration_s, 3))


def _clipping(track: str, sound: Sound) -> Iterator[Finding]:
    if sound.clipped_runs_per_s < _CLIPPED_RUNS_PER_S:
        return
    evidence = (
        f"{sound.clipped_runs_per_s:,.1f} runs a second of three and more samples at full scale, "
        f"{sound.clipped_share:.2%} of all samples."
    )
    severity = "medium" if sound.clipped_share >= _CLIPPED_BADLY else "low"
    yield _about(
        "clipped",
        severity,
        track,
        evidence,
        runs_per_s=round(sound.clipped_runs_per_s, 2),
        clipped_share=round(sound.clipped_share, 6),
    )


def _hum(track: str, sound: Sound) -> Iterator[Finding]:
    found = mains_lines(sound.hum)
    if found is None:
        return
    mains_hz, multiples, highest_db = found
    names = ", ".join(f"{multiple * mains_hz:.0f}" for multiple in multiples)
    if len(multiples) == 1:
        evidence = f"A constant line at {names} Hz, {highest_db:.0f} dB above its surroundings."
    else:
        evidence = f"Constant lines at {names} Hz, the highest {highest_db:.0f} dB above its surroundings."
    yield _about("hum", "low", track, evidence, mains_hz=mains_hz, lines=len(multiples))


def _about(kind: str, severity: str, track: str, evidence: str, **values: float) -> Finding:
    # Findings of low severity are not excluded: only the user knows whether they are faults.
    leave_out = (track,) if severity != "low" else ()
    return Finding(kind, severity, (track,), evidence, tuple(values.items()), leave_out)
