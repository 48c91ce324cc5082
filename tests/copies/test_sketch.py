"""Fingerprints: copies in other formats are found, other music and other passages are not."""

import shutil
import subprocess

import numpy as np
import pytest
import soundfile

from segue.audio.mono import read_mono
from segue.copies.sketch import LENGTH, FingerprintAccumulator, copies_of, same_recording
from segue.signal.front_end import MEL128_V1
from tests.facets.synthetic_music import RATE_HZ, mel_power, tone


def sketch_of(mono):
    accumulator = FingerprintAccumulator(MEL128_V1)
    accumulator.push(mel_power(mono))
    return accumulator.sketch()


def melody(seed, seconds=24.0):
    """Return random notes of random loudness, different for each seed."""
    rng = np.random.default_rng(seed)
    notes = [
        rng.uniform(0.05, 0.5) * tone(rng.integers(40, 76), 0.4, "string") for _ in range(int(seconds / 0.4))
    ]
    return np.concatenate(notes).astype(np.float32) + 1e-4 * rng.standard_normal(int(seconds / 0.4) * 8820)


@pytest.fixture(scope="module")
def songs(soundtracks):
    """Half minutes of real music, (samples, rate) of up to eight pieces."""
    paths = sorted(path for folder in soundtracks for path in folder.rglob("*.ogg"))[::6][:8]
    return [soundfile.read(path, frames=30 * 44_100, dtype="float32", always_2d=True) for path in paths]


def test_form():
    sketch = sketch_of(melody(0))
    assert sketch.dtype == np.int8
    assert sketch.shape == (LENGTH,)
    assert LENGTH <= 1024


@pytest.mark.parametrize("change", ["gain", "delay", "cut", "noise"])
def test_small_changes_keep_a_recording_the_same(change):
    mono = melody(1)
    changed = {
        "gain": mono * 0.1,
        "delay": np.concatenate((np.zeros(RATE_HZ // 5), mono)),
        "cut": mono[RATE_HZ // 5 :],
        "noise": mono + 0.001 * np.random.default_rng(5).standard_normal(len(mono)),
    }[change]
    assert same_recording(sketch_of(mono), len(mono) / RATE_HZ, sketch_of(changed), len(changed) / RATE_HZ)


def test_other_melodies_are_other_recordings():
    sketches = np.stack([sketch_of(melody(seed)) for seed in range(8)])
    durations_s = np.full(8, 24.0)
    found = np.stack([copies_of(sketch, 24.0, sketches, durations_s) for sketch in sketches])
    np.testing.assert_array_equal(found, np.eye(8, dtype=bool))


def test_a_copy_is_as_long():
    sketch = sketch_of(melody(0))
    np.testing.assert_array_equal(
        copies_of(sketch, 24.0, np.stack([sketch] * 4), np.array([24.0, 24.3, 25.0, 12.0])),
        [True, True, False, False],
    )


def test_cutting_the_stream_changes_nothing():
    mel = mel_power(melody(2))
    pieces = FingerprintAccumulator(MEL128_V1)
    for start in range(0, mel.shape[1], 5):
        pieces.push(mel[:, start : start + 5])
    np.testing.assert_array_equal(pieces.sketch(), sketch_of(melody(2)))


def test_what_is_silent_steady_or_short_has_no_copies():
    accumulator = FingerprintAccumulator(MEL128_V1)
    assert accumulator.sketch() is None
    assert sketch_of(np.zeros(20 * RATE_HZ)) is None
    assert sketch_of(melody(0, 0.9)) is None
    steady = sketch_of(np.random.default_rng(0).standard_normal(40 * RATE_HZ))
    assert not same_recording(steady, 40.0, steady, 40.0)


@pytest.mark.parametrize("seconds", [1.6, 2.0, 4.0])
def test_short_pieces_are_told_apart_and_must_last_equally_long(seconds):
    sketches = np.stack([sketch_of(melody(seed, seconds)) for seed in range(8)])
    assert sketches.shape == (8, LENGTH)
    durations_s = np.full(8, seconds)
    found = np.stack([copies_of(sketch, seconds, sketches, durations_s) for sketch in sketches])
    np.testing.assert_array_equal(found, np.eye(8, dtype=bool))
    assert same_recording(sketches[0], seconds, sketches[0], seconds + 0.05)
    assert not same_recording(sketches[0], seconds, sketches[0], seconds + 0.1)


def test_a_sketch_of_full_rate_meets_one_that_holds_nothing_above_4_khz():
    """As libraries of older versions keep them: with what 8 kHz cuts off standing at the floor."""
    whole = sketch_of(melody(3)).reshape(64, 16)
    cut = whole.astype(int)
    cut[0] += 10  # the balance is that with the mean of all bands, which the lost ones pull down
    cut[0, 14:] -= 80
    cut[1:, 14:] = 0
    assert same_recording(whole.ravel(), 24.0, cut.astype(np.int8).ravel(), 24.0)


def test_three_hours_stay_small():
    accumulator = FingerprintAccumulator(MEL128_V1)
    rng = np.random.default_rng(0)
    block = rng.random((128, 4096)).astype(np.float32)
    for _ in range(114):
        accumulator.push(block * np.float32(rng.random()))
    assert accumulator.sketch().shape == (LENGTH,)


CODECS = {
    "MP3 64 kbit/s": ("mp3", "-b:a 64k"),
    "MP3 320 kbit/s": ("mp3", "-b:a 320k"),
    "Ogg Vorbis": ("ogg", "-c:a libvorbis -q:a 3"),
    "Opus 64 kbit/s": ("opus", "-c:a libopus -b:a 64k -ar 48000"),
    "FLAC at 32 kHz": ("flac", "-ar 32000"),
    "FLAC at 8 kHz": ("flac", "-ar 8000"),
    "MP3 at 8 kHz": ("mp3", "-ar 8000"),
}


@pytest.mark.parametrize("codec", CODECS)
def test_coded_copies_are_found_and_nothing_else(codec, songs, tmp_path):
    check_coded_copies(codec, songs, tmp_path)


@pytest.mark.parametrize("codec", [codec for codec in CODECS if "8 kHz" not in codec])
@pytest.mark.parametrize("seconds", [1.5, 3.0])
def test_coded_copies_of_short_cuts_are_found_and_nothing_else(codec, seconds, songs, tmp_path):
    cuts = [
        (samples[10 * rate_hz : round((10 + seconds) * rate_hz)], rate_hz)
        for samples, rate_hz in songs
        if len(samples) > (10 + seconds) * rate_hz
    ]
    check_coded_copies(codec, cuts, tmp_path)


def check_coded_copies(codec, songs, tmp_path):
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg: makes the copies, not installed")
    ending, arguments = CODECS[codec]
    originals, durations_s, coded = [], [], []
    for number, (samples, rate_hz) in enumerate(songs):
        wav, copy = tmp_path / f"{number}.wav", tmp_path / f"{number}.{ending}"
        soundfile.write(wav, samples, rate_hz)
        subprocess.run(["ffmpeg", "-v", "error", "-i", wav, *arguments.split(), copy], check=True)
        mono = read_mono(wav, RATE_HZ)
        originals.append(sketch_of(mono))
        durations_s.append(len(mono) / RATE_HZ)
        mono = read_mono(copy, RATE_HZ)
        coded.append((sketch_of(mono), len(mono) / RATE_HZ))
    found = [copies_of(*copy, np.stack(originals), np.array(durations_s)) for copy in coded]
    np.testing.assert_array_equal(found, np.eye(len(songs), dtype=bool))
