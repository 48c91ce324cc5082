"""The voices that hold a pitch: each turns a frequency and a length into a sound.

Three ways of making a tone cover them all: a single cycle built from its harmonics and read at
the note's speed; a plucked string after Karplus and Strong (1983); and sums of decaying partials
for struck strings and bells.
"""

from __future__ import annotations

import numpy as np

from sound import SAMPLE_RATE_HZ, envelope, times, voice

SAW = tuple(1.0 / k for k in range(1, 65))
SQUARE = tuple((k % 2) / k for k in range(1, 48))
WARM = tuple(k**-1.7 for k in range(1, 25))
FLUTE = (1.0, 0.3, 0.12, 0.05)
REED = (1.0, 0.5, 0.7, 0.3, 0.35, 0.15, 0.12, 0.06)
DRAWBARS = (0.8, 1.0, 0.6, 0.7, 0.0, 0.3, 0.0, 0.35)
_CYCLE = 4096  # a power of two, so that a mask wraps the phase


def oscillator(phase: np.ndarray, harmonics: tuple[float, ...], highest_hz: float) -> np.ndarray:
    """The cycle with these harmonics, read along a phase that counts periods.

    ``highest_hz`` is the fundamental at its highest: harmonics above half the sample rate are
    left out, so nothing folds back.
    """
    spectrum = np.zeros(_CYCLE // 2 + 1, dtype=complex)
    kept = harmonics[: int(0.45 * SAMPLE_RATE_HZ / highest_hz)]
    spectrum[1 : 1 + len(kept)] = -0.5j * _CYCLE * np.asarray(kept)
    cycle = np.fft.irfft(spectrum).astype(np.float32)
    cycle /= np.abs(cycle).max()
    return cycle[(phase * _CYCLE).astype(np.int64) & (_CYCLE - 1)]


def _vibrato_phase(frequency_hz: float, t: np.ndarray, depth: float, rate_hz: float = 5.3) -> np.ndarray:
    """A phase whose frequency sways by ``depth`` (a ratio), after a plain first 0.2 s."""
    sway = depth * np.clip((t - 0.2) / 0.3, 0.0, 1.0)
    return frequency_hz * (t - sway * np.cos(2 * np.pi * rate_hz * t) / (2 * np.pi * rate_hz))


@voice
def strings(frequency_hz: float, duration_s: float, attack_s: float = 0.08) -> np.ndarray:
    """A string section: three saws a little apart."""
    t = times(duration_s)
    section = sum(
        oscillator(_vibrato_phase(f, t, 0.004) + k / 3, SAW[:24], f)
        for k, f in enumerate(frequency_hz * ratio for ratio in (0.9965, 1.0, 1.004))
    )
    return section / 3 * envelope(duration_s, attack_s, release_s=0.15)


@voice
def pad(frequency_hz: float, duration_s: float) -> np.ndarray:
    """A slow warm cloud that swells and fades: four soft tones drifting against each other."""
    t = times(duration_s)
    cloud = sum(
        oscillator(f * t + k / 4, WARM, f) * (1 + 0.4 * np.sin(2 * np.pi * (0.11 + 0.05 * k) * t + k))
        for k, f in enumerate(frequency_hz * ratio for ratio in (0.997, 0.999, 1.0015, 1.003))
    )
    return cloud / 5 * envelope(duration_s, attack_s=duration_s * 0.35, release_s=duration_s * 0.4)


@voice
def synth_bass(frequency_hz: float, duration_s: float) -> np.ndarray:
    """A bass synthesiser whose filter closes: a saw that gives way to its first harmonics."""
    t = times(duration_s)
    phase = frequency_hz * t
    bright, dull = (oscillator(phase, h, frequency_hz) for h in (SAW[:24], WARM[:5]))
    opened = np.exp2(-t / 0.05)
    return (bright * opened + dull * (1 - opened)) * envelope(duration_s, 0.003, 0.02, half_life_s=0.4)


@voice
def sub_bass(frequency_hz: float, duration_s: float) -> np.ndarray:
    """A sine that falls into its pitch and is driven until small loudspeakers show it."""
    t = times(duration_s)
    phase = frequency_hz * (t + 0.012 * (1 - np.exp(-t / 0.02)))
    return np.tanh(2.2 * np.sin(2 * np.pi * phase)) * envelope(duration_s, 0.004, 0.05, half_life_s=0.8)


@voice
def round_bass(frequency_hz: float, duration_s: float) -> np.ndarray:
    """A fingered bass guitar with the treble turned down."""
    phase = frequency_hz * times(duration_s)
    return oscillator(phase, (1.0, 0.55, 0.18, 0.06), frequency_hz) * envelope(duration_s, 0.01, 0.04, 0.5)


@voice
def organ(frequency_hz: float, duration_s: float) -> np.ndarray:
    """An electric organ, all drawbars and no wheel."""
    return oscillator(frequency_hz * times(duration_s), DRAWBARS, frequency_hz) * envelope(duration_s, 0.008)


@voice
def lead(frequency_hz: float, duration_s: float) -> np.ndarray:
    """A square-wave lead with vibrato."""
    phase = _vibrato_phase(frequency_hz, times(duration_s), 0.006)
    return oscillator(phase, SQUARE, frequency_hz) * envelope(duration_s, 0.01, 0.06, half_life_s=1.2)


@voice
def flute(frequency_hz: float, duration_s: float) -> np.ndarray:
    """A flute: few harmonics and some breath."""
    t = times(duration_s)
    breath = np.random.default_rng(7).standard_normal(len(t)) * 0.02
    tone = oscillator(_vibrato_phase(frequency_hz, t, 0.005), FLUTE, frequency_hz)
    return (tone + breath) * envelope(duration_s, 0.05, 0.08)


@voice
def melodica(frequency_hz: float, duration_s: float) -> np.ndarray:
    """A blown reed that comes in late and sways."""
    phase = _vibrato_phase(frequency_hz, times(duration_s), 0.008, rate_hz=4.5)
    return oscillator(phase, REED, frequency_hz) * envelope(duration_s, 0.04, 0.07)


@voice
def electric_piano(frequency_hz: float, duration_s: float) -> np.ndarray:
    """A tine piano by frequency modulation (Chowning, 1973), with its tremolo."""
    t = times(duration_s)
    turn = 2 * np.pi * frequency_hz * t
    tine = np.sin(turn + 1.4 * np.exp2(-t / 0.25) * np.sin(turn))
    ping = 0.12 * np.exp2(-t / 0.04) * np.sin(7 * turn)
    tremolo = 1 + 0.15 * np.sin(2 * np.pi * 4.2 * t)
    return (tine + ping) * tremolo * envelope(duration_s, 0.004, 0.08, half_life_s=0.7)


@voice
def pluck(
    frequency_hz: float, duration_s: float, decay: float = 0.996, softness: int = 1, take: int = 0
) -> np.ndarray:
    """A plucked string: noise in a loop that loses its treble each time round (Karplus and Strong, 1983).

    ``decay`` is the gain of one round; ``softness`` smooths the pick; ``take`` picks another
    noise, so that two guitarists do not play the very same string.
    """
    period = int(SAMPLE_RATE_HZ / frequency_hz - 0.5)
    stretch = frequency_hz * (period + 0.5) / SAMPLE_RATE_HZ  # the loop is whole samples, the pitch is not
    n = round(duration_s * SAMPLE_RATE_HZ)
    string = np.empty(int(n * stretch) + 2 * period, dtype=np.float32)
    noise = np.random.default_rng([take, period]).uniform(-1.0, 1.0, period + softness)
    string[: period + 1] = np.resize(np.convolve(noise, np.ones(softness) / softness, "valid"), period + 1)
    string[: period + 1] -= string[:period].mean()
    for start in range(period + 1, len(string), period):
        stop = min(start + period, len(string))
        string[start:stop] = string[start - period : stop - period]
        string[start:stop] += string[start - period - 1 : stop - period - 1]
        string[start:stop] *= 0.5 * decay
    plucked = np.interp(np.arange(n) * stretch, np.arange(len(string)), string)
    return plucked * envelope(duration_s, 0.001, 0.02)


@voice
def piano(frequency_hz: float, duration_s: float) -> np.ndarray:
    """A struck string: partials a little sharp of harmonic, the upper ones short, and the hammer's knock."""
    t = times(duration_s).astype(np.float32)
    sound = np.zeros(len(t), dtype=np.float32)
    half_life_s = 1.1 * (262.0 / frequency_hz) ** 0.5
    for k in range(1, 13):
        partial_hz = k * frequency_hz * np.sqrt(1 + 4e-4 * k * k)  # stiffness: Fletcher, 1964
        if partial_hz < 0.45 * SAMPLE_RATE_HZ:
            strength = k**-1.3 * abs(np.sin(np.pi * k / 7.5))  # struck near a seventh of its length
            ring = np.sin(np.float32(2 * np.pi * partial_hz) * t)
            sound += np.float32(strength) * ring * np.exp2(-t * np.float32((1 + 0.35 * k) / half_life_s))
    knock = np.random.default_rng(3).standard_normal(len(t)) * np.exp2(-t / 0.004) * 0.04
    return (sound + knock) * envelope(duration_s, 0.002, 0.1)


@voice
def bell(frequency_hz: float, duration_s: float) -> np.ndarray:
    """A small bell: the partials of a struck bar (1 : 2.76 : 5.40), long and pure."""
    t = times(duration_s)
    ring = sum(
        strength * np.sin(2 * np.pi * ratio * frequency_hz * t) * np.exp2(-t * speed)
        for ratio, strength, speed in ((1.0, 1.0, 0.9), (2.76, 0.25, 2.5), (5.40, 0.08, 6.0))
    )
    return ring * envelope(duration_s, 0.01, 0.3)
