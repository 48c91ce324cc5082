"""Music whose tempo, key and level are known because it was made to have them, and how segue hears it."""

from __future__ import annotations

import numpy as np

from segue.signal.chroma import ChromaAccumulator
from segue.signal.front_end import MEL128_V1
from segue.signal.mel import MelBands
from segue.signal.onset import OnsetEnvelope
from segue.signal.stft import PowerSpectra

RATE_HZ = MEL128_V1.sample_rate_hz
FRAME_RATE_HZ = MEL128_V1.frame_rate_hz

# Amplitudes of the harmonics.
TIMBRES = {
    "sine": (1.0,),
    "organ": (1.0, 0.5, 0.33, 0.25, 0.2, 0.16),
    "string": tuple(1.0 / k for k in range(1, 13)),
    "clarinet": (1.0, 0.0, 0.6, 0.0, 0.4, 0.0, 0.2),
    "reed": (0.6, 0.8, 1.0, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3),
}
_TRIADS = {"major": (0, 4, 7), "minor": (0, 3, 7), "seventh": (0, 4, 7, 10), "minor seventh": (0, 3, 7, 10)}
# Steps above the tonic and kind of triad: I-IV-V-I, and i-iv-V-i with the major dominant of minor keys.
_CADENCES = {
    "major": ((0, "major"), (5, "major"), (7, "major"), (0, "major")),
    "minor": ((0, "minor"), (5, "minor"), (7, "major"), (0, "minor")),
}


def clicks(bpm: float, seconds: float, accent_every: int = 1) -> np.ndarray:
    """Return decaying clicks, every n-th one higher and twice as strong."""
    samples = np.zeros(int(seconds * RATE_HZ) + 1000, dtype=np.float32)
    t = np.arange(400) / RATE_HZ
    for beat in range(int(seconds * bpm / 60.0)):
        accented = accent_every > 1 and beat % accent_every == 0
        click = np.sin(2 * np.pi * (1500.0 if accented else 1000.0) * t) * np.exp(-200.0 * t)
        start = round(beat * 60.0 / bpm * RATE_HZ)
        samples[start : start + 400] += (0.8 if accented else 0.4) * click
    return samples[: int(seconds * RATE_HZ)]


def tone(midi: float, seconds: float, timbre: str) -> np.ndarray:
    """Return one note; 69 is A at 440 Hz."""
    hz = 440.0 * 2.0 ** ((midi - 69.0) / 12.0)
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    fade = np.minimum(1.0, np.minimum(t, seconds - t) / 0.02)
    harmonics = enumerate(TIMBRES[timbre], start=1)
    return fade * sum(a * np.sin(2 * np.pi * k * hz * t + k) for k, a in harmonics)


def triad(tonic: int, mode: str, timbre: str, cents: float = 0.0, seconds: float = 0.6) -> np.ndarray:
    """Return a triad over its root, float32; tonic 0 is C, ``cents`` how far all is out of tune."""
    notes = [36 + tonic] + [48 + tonic + step for step in _TRIADS[mode]]
    return np.float32(0.05) * sum(tone(n + cents / 100.0, seconds, timbre) for n in notes).astype(np.float32)


def cadence(tonic: int, mode: str, timbre: str, cents: float = 0.0) -> np.ndarray:
    """Return the four chords that settle a key."""
    return np.concatenate([triad(tonic + step, kind, timbre, cents) for step, kind in _CADENCES[mode]])


def progression(chords: str, tonic: int, timbre: str, lowest: int, seconds: float = 1.0) -> np.ndarray:
    """Return chords of equal length in close position, twice over, float32.

    ``chords`` are steps above the tonic and kinds, "2m 7M 0M" for ii-V-I; 7 is a seventh chord, m7 a minor one.
    """
    kinds = {"M": "major", "m": "minor", "7": "seventh", "m7": "minor seventh"}
    played = []
    for chord in chords.split() * 2:
        step, kind = int(chord[0]), kinds[chord[1:]]
        root = lowest + tonic + (step if step <= 7 else step - 12)
        played.append(sum(tone(root + note, seconds, timbre) for note in _TRIADS[kind]))
    return np.float32(0.05) * np.concatenate(played).astype(np.float32)


def power_blocks(mono: np.ndarray) -> list[np.ndarray]:
    """Return the power spectra of samples at 22,050 Hz."""
    spectra = PowerSpectra(MEL128_V1)
    return [*spectra.push(mono.astype(np.float32)), *spectra.finish()]


def mel_power(mono: np.ndarray) -> np.ndarray:
    """Return the mel power ``(128, n_frames)`` of samples at 22,050 Hz."""
    bands = MelBands(MEL128_V1)
    return np.concatenate([bands(power) for power in power_blocks(mono)], axis=1)


def envelope_of(mono: np.ndarray) -> np.ndarray:
    """Return the onset envelope of samples at 22,050 Hz."""
    onsets = OnsetEnvelope()
    onsets.push(mel_power(mono))
    return onsets.envelope


def chroma_of(mono: np.ndarray) -> ChromaAccumulator:
    """Return the pitch classes of samples at 22,050 Hz."""
    chroma = ChromaAccumulator(MEL128_V1)
    for power in power_blocks(mono):
        chroma.push(power)
    return chroma
