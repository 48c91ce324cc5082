"""Sounds that are no music, so that a network learns to say nothing much about them.

Outlier exposure (Hendrycks, Mazeika and Dietterich 2019): beside the clips, training shows sounds
of no genre at all and asks for equal probabilities. A generator takes a random generator, a
length in samples and a sample rate, and returns float32 ``(n_samples,)`` with its peak at 0.5; the
level is of no account, for the front end scales every window by itself.
"""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from segue.errors import TrainingError
from segue.signal.front_end import FrontEnd

Generator = Callable[[np.random.Generator, int, int], np.ndarray]

_WORDS = (
    "the a this that every some our their morning train river window letter garden market teacher engine winter "
    "number paper street cannot will should might walked opened carried found remembered under between after "
    "because although slowly quickly never again seven eleven forty percent of to with without and but or"
).split()


@dataclass(frozen=True, slots=True)
class Voices:
    """Which espeak-ng voices may speak: ``languages`` ("en-gb", "de") and ``variants`` of timbre ("f2", "m3")."""

    languages: tuple[str, ...]
    variants: tuple[str, ...]


TRAINING_VOICES = Voices(
    ("en-gb", "en-us", "de", "fr-fr", "es", "it", "pt", "sv", "pl"), ("m1", "m2", "m3", "f1", "f2")
)
HELD_OUT_VOICES = Voices(("en-gb-scotland", "nl", "fi"), ("m5", "m7", "f4"))


def coloured_noise(rng: np.random.Generator, n_samples: int, sample_rate_hz: int) -> np.ndarray:
    """Return noise whose power falls with frequency to a random power from 0 (white) over 1 (pink) to 2 (brown)."""
    hz = _bins_hz(n_samples, sample_rate_hz)
    return _from_magnitudes(rng, np.maximum(hz, 20.0) ** (-rng.uniform(0.0, 2.2) / 2.0), n_samples)


def band_noise(rng: np.random.Generator, n_samples: int, sample_rate_hz: int) -> np.ndarray:
    """Return white noise in one band of random position and width, with a faint floor around it."""
    hz = _bins_hz(n_samples, sample_rate_hz)
    centre_hz, octaves = 2.0 ** rng.uniform(6.5, 13.0), rng.uniform(0.1, 3.0)
    inside = np.abs(np.log2(np.maximum(hz, 1.0) / centre_hz)) < octaves / 2.0
    return _from_magnitudes(rng, np.where(inside, 1.0, 10.0 ** rng.uniform(-5.0, -2.0)), n_samples)


def modulated_noise(rng: np.random.Generator, n_samples: int, sample_rate_hz: int) -> np.ndarray:
    """Return coloured noise that swells and fades at 0.2 to 12 Hz, like surf or a machine."""
    t_s = np.arange(n_samples) / sample_rate_hz
    depth, rate_hz = rng.uniform(0.3, 1.0), 2.0 ** rng.uniform(-2.3, 3.6)
    swell = 1.0 + depth * np.sin(2.0 * np.pi * (rate_hz * t_s + rng.random()))
    return _peak(coloured_noise(rng, n_samples, sample_rate_hz) * swell ** rng.uniform(1.0, 4.0))


def tones(rng: np.random.Generator, n_samples: int, sample_rate_hz: int) -> np.ndarray:
    """Return one to four steady sines of unrelated pitch, half of the time over faint noise."""
    t_s = np.arange(n_samples) / sample_rate_hz
    sound = np.zeros(n_samples)
    for _ in range(rng.integers(1, 5)):
        sound += rng.uniform(0.2, 1.0) * np.sin(
            2.0 * np.pi * (2.0 ** rng.uniform(5.3, 13.2) * t_s + rng.random())
        )
    return _peak(_over_noise(rng, sound))


def harmonic_tone(rng: np.random.Generator, n_samples: int, sample_rate_hz: int) -> np.ndarray:
    """Return one tone with harmonics falling at a random slope, with or without vibrato: a hum, a dial, a held key."""
    t_s = np.arange(n_samples) / sample_rate_hz
    pitch_hz, slope = 2.0 ** rng.uniform(5.3, 10.5), rng.uniform(0.3, 2.5)
    vibrato = (
        rng.choice([0.0, 0.02]) * np.sin(2.0 * np.pi * rng.uniform(3.0, 7.0) * t_s) / (2.0 * np.pi * 5.0)
    )
    sound = np.zeros(n_samples)
    for k in range(1, min(30, int(0.5 * sample_rate_hz / pitch_hz)) + 1):
        sound += np.sin(2.0 * np.pi * k * pitch_hz * (t_s + vibrato)) / k**slope
    return _peak(_over_noise(rng, sound))


def sweep(rng: np.random.Generator, n_samples: int, sample_rate_hz: int) -> np.ndarray:
    """Return a sine that glides between two random pitches, once or over and over: a chirp, a siren."""
    t_s = np.arange(n_samples) / sample_rate_hz
    cycle_s = rng.uniform(0.3, n_samples / sample_rate_hz)
    low, high = np.sort(rng.uniform(5.5, 13.0, size=2))
    place = np.mod(t_s / cycle_s, 1.0)
    if rng.random() < 0.5:
        place = 1.0 - np.abs(2.0 * place - 1.0)
    phase = np.cumsum(2.0 ** (low + (high - low) * place)) / sample_rate_hz
    return _peak(_over_noise(rng, np.sin(2.0 * np.pi * phase)))


def beeps(rng: np.random.Generator, n_samples: int, sample_rate_hz: int) -> np.ndarray:
    """Return a tone switched on and off at a steady rate: an alarm, a busy line."""
    t_s = np.arange(n_samples) / sample_rate_hz
    gate = np.mod(t_s * rng.uniform(0.5, 8.0), 1.0) < rng.uniform(0.1, 0.9)
    return _peak(_over_noise(rng, gate * np.sin(2.0 * np.pi * 2.0 ** rng.uniform(7.5, 12.0) * t_s)))


def clicks(rng: np.random.Generator, n_samples: int, sample_rate_hz: int) -> np.ndarray:
    """Return clicks, regular or at random, each a short decay: a clock, rain, a crackle."""
    sound = np.zeros(n_samples)
    rate_hz = 2.0 ** rng.uniform(-0.5, 6.0)
    n = max(1, int(rate_hz * n_samples / sample_rate_hz))
    regular = np.arange(n) * sample_rate_hz / rate_hz
    at = regular if rng.random() < 0.5 else rng.uniform(0, n_samples, size=n)
    np.add.at(sound, np.minimum(at.astype(int), n_samples - 1), rng.uniform(0.5, 1.0, size=n))
    decay = np.exp(
        -np.arange(int(0.05 * sample_rate_hz)) / (sample_rate_hz * 10.0 ** rng.uniform(-4.0, -2.0))
    )
    if rng.random() < 0.5:
        decay *= np.sin(2.0 * np.pi * 2.0 ** rng.uniform(9.0, 12.5) * np.arange(len(decay)) / sample_rate_hz)
    length = 1 << (n_samples + len(decay)).bit_length()
    return _peak(
        _over_noise(rng, np.fft.irfft(np.fft.rfft(sound, length) * np.fft.rfft(decay, length))[:n_samples])
    )


def spoken_by(voices: Voices) -> Generator:
    """Return a generator of speech by espeak-ng in one of ``voices``, at random speed and pitch, of chance words.

    The generator raises TrainingError when espeak-ng is not installed or fails.
    """

    def speech(rng: np.random.Generator, n_samples: int, sample_rate_hz: int) -> np.ndarray:
        words = rng.choice(_WORDS, size=int(6 * n_samples / sample_rate_hz) + 8)
        marks = rng.choice(["", "", "", "", ",", "."], size=len(words))
        text = " ".join(f"{word}{mark}" for word, mark in zip(words, marks, strict=True))
        voice = f"{rng.choice(voices.languages)}+{rng.choice(voices.variants)}"
        spoken = speak(text, voice, int(rng.integers(110, 260)), int(rng.integers(15, 85)), sample_rate_hz)
        sound = np.resize(spoken, n_samples)
        return _peak(_over_noise(rng, sound))

    return speech


def speak(text: str, voice: str, words_per_minute: int, pitch: int, sample_rate_hz: int) -> np.ndarray:
    """Return ``text`` spoken by espeak-ng as float32 mono; ``pitch`` runs from 0 to 99.

    Raises TrainingError when espeak-ng is not installed or gives no sound.
    """
    import soundfile
    import soxr

    program = shutil.which("espeak-ng")
    if program is None:
        raise TrainingError(
            "Training shows the network speech made by espeak-ng, which is missing; install espeak-ng.",
            code="missing-espeak",
        )
    command = [program, "-v", voice, "-s", str(words_per_minute), "-p", str(pitch), "--stdout", text]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    if done.returncode or len(done.stdout) < 1000:
        raise TrainingError(
            f"espeak-ng gave no sound in voice {voice!r}; check that this voice is installed.",
            code="espeak-silent",
        )
    sound, rate_hz = soundfile.read(io.BytesIO(done.stdout), dtype="float32")
    return sound if rate_hz == sample_rate_hz else soxr.resample(sound, rate_hz, sample_rate_hz)


def generators(voices: Voices) -> dict[str, Generator]:
    """Return all kinds of outliers by name, speech twice as likely as any other when drawn in turn."""
    return {
        "coloured noise": coloured_noise,
        "speech": spoken_by(voices),
        "band noise": band_noise,
        "modulated noise": modulated_noise,
        "tones": tones,
        "harmonic tone": harmonic_tone,
        "more speech": spoken_by(voices),
        "sweep": sweep,
        "beeps": beeps,
        "clicks": clicks,
    }


def outlier_windows(
    kinds: Sequence[Generator],
    n_windows: int,
    front_end: FrontEnd,
    rng: np.random.Generator,
    step: Callable[[], None] = lambda: None,
) -> np.ndarray:
    """Return uint8 ``(n_windows, n_mels, window_picks)``, the kinds in turn, heard through ``front_end``.

    uint8 as in the mel archive, so that clips and outliers differ in nothing but what they are. ``step`` is called
    after each, which is ten times a second on one core.
    """
    from segue.signal.windows import whole_window

    n_samples = (front_end.window_frames - 1) * front_end.hop
    windows = np.empty((n_windows, front_end.n_mels, front_end.window_picks), dtype=np.uint8)
    for i in range(n_windows):
        sound = kinds[i % len(kinds)](rng, n_samples, front_end.sample_rate_hz)
        windows[i] = np.round(whole_window(sound, front_end) * 255.0)
        step()
    return windows


def _bins_hz(n_samples: int, sample_rate_hz: int) -> np.ndarray:
    return np.fft.rfftfreq(n_samples, 1.0 / sample_rate_hz)


def _from_magnitudes(rng: np.random.Generator, magnitudes: np.ndarray, n_samples: int) -> np.ndarray:
    spectrum = magnitudes * (rng.standard_normal(len(magnitudes)) + 1j * rng.standard_normal(len(magnitudes)))
    return _peak(np.fft.irfft(spectrum, n_samples))


def _over_noise(rng: np.random.Generator, sound: np.ndarray) -> np.ndarray:
    """Half of the time the sound as it is, otherwise over a noise floor 30 to 90 dB below its peak."""
    if rng.random() < 0.5:
        return sound
    floor = 10.0 ** (-rng.uniform(30.0, 90.0) / 20.0) * float(np.abs(sound).max())
    return sound + floor * rng.standard_normal(len(sound))


def _peak(sound: np.ndarray) -> np.ndarray:
    highest = float(np.abs(sound).max())
    return (sound * (0.5 / highest if highest > 0 else 0.0)).astype(np.float32)
