"""The music itself: harmony and rhythm by hand-worked cases, and the declared answers heard by others."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given
from hypothesis import strategies as st

from harmony import TONICS, Key, hz, nearest_chord_step, root, voicing
from melody import tune
from mixing import PEAK, limit, master
from rhythm import Clock, hits, notes
from sound import SAMPLE_RATE_HZ, place

KEYS = st.builds(Key, st.sampled_from(TONICS), st.sampled_from(["major", "minor"]), st.booleans())


def test_scales_and_chords_by_hand():
    assert [Key("C", "major").pitch(step) for step in range(8)] == [60, 62, 64, 65, 67, 69, 71, 72]
    assert [Key("A", "minor").pitch(step) for step in (-1, 0, 6)] == [55, 57, 67]
    assert Key("A", "minor", leading_tone=True).pitch(6) == 68
    assert voicing(Key("C", "major"), 3, centre=60) == [57, 60, 65]  # F major with A below
    assert root(Key("G", "minor"), 0, centre=40) == 43
    assert hz(69) == 440.0


@given(KEYS, st.integers(-20, 20), st.integers(-20, 20))
def test_nearest_chord_step_is_in_the_chord_and_near(key, step, degree):
    chord = (degree, degree + 2, degree + 4)
    found = nearest_chord_step(step, chord)
    assert found % 7 in {d % 7 for d in chord}
    assert abs(found - step) <= 2


@given(KEYS, st.integers(0, 2**32 - 1))
def test_a_tune_stays_near_its_centre_and_comes_home(key, seed):
    degrees = [0, 3, 4, 0]
    line = tune(degrees, ("x=x=x=x=", "x=xxx==="), np.random.default_rng(seed))
    assert all(0 <= note.step <= 14 for note in line)
    assert line[-1].step % 7 == 0
    on_the_beat = [note for note in line if note.beat == int(note.beat)]
    assert all((note.step - degrees[int(note.beat) // 4]) % 7 in (0, 2, 4) for note in on_the_beat)


def test_patterns_and_swing_by_hand():
    assert list(hits("X-o-")) == [(0.0, 1.0), (2.0, 0.4)]
    assert list(notes("x==-x=--")) == [(0.0, 1.5, 0.75), (2.0, 1.0, 0.75)]
    straight, swung = Clock(120.0), Clock(120.0, swing=0.5)
    assert straight.at(1.25) == 0.625
    assert swung.at(1.25) == 0.6875  # half a sixteenth late
    assert swung.at(1.5) == straight.at(1.5) == 0.75


def test_placing_over_either_end_keeps_what_fits():
    lane = np.zeros(100, dtype=np.float32)
    place(lane, np.arange(1, 31, dtype=np.float32), -20 / SAMPLE_RATE_HZ, 1.0)
    place(lane, np.ones(30, dtype=np.float32), 90 / SAMPLE_RATE_HZ, 2.0)
    place(lane, np.ones(30, dtype=np.float32), 200 / SAMPLE_RATE_HZ, 2.0)
    place(lane, np.ones(30, dtype=np.float32), -200 / SAMPLE_RATE_HZ, 2.0)
    assert lane[:10].tolist() == list(range(21, 31))
    assert not lane[10:90].any()
    assert lane[90:].tolist() == [2.0] * 10


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 20.0))
def test_the_limiter_never_lets_a_peak_past(seed, gain):
    noise = np.random.default_rng(seed).standard_normal((2, 5000)).astype(np.float32)
    assert np.abs(limit(noise * np.float32(gain))).max() <= PEAK * 1.0001


def test_master_sets_a_sine_to_its_loudness():
    """BS.1770: a 997 Hz sine at full scale in one channel is -3.01 LUFS, so -15 in two is 0.178 of it."""
    t = np.arange(4 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    sine = np.tile(0.5 * np.sin(2 * np.pi * 997 * t), (2, 1)).astype(np.float32)
    assert np.abs(master(sine)).max() == pytest.approx(0.178, rel=0.08)


@pytest.fixture(scope="module")
def mono_22k(demo_library, manifest):
    """Every piece as librosa wants it: mono at 22,050 Hz, in the manifest's order."""
    recordings = (soundfile.read(demo_library / e["path"], dtype="float32")[0] for e in manifest)
    return [soxr.resample(audio.mean(axis=1), SAMPLE_RATE_HZ, 22_050) for audio in recordings]


def test_librosa_hears_the_declared_tempo(manifest, mono_22k):
    """Every steady piece within 4 %, where half and double count as right (Accuracy2's octaves)."""
    librosa = pytest.importorskip("librosa", reason="librosa is the reference for tempo")
    missed = []
    for entry, audio in zip(manifest, mono_22k, strict=True):
        if entry["steady"]:
            heard = float(np.ravel(librosa.beat.beat_track(y=audio, sr=22_050)[0])[0])
            if min(abs(heard * k / entry["bpm"] - 1) for k in (0.5, 1.0, 2.0)) > 0.04:
                missed.append((entry["path"], entry["bpm"], heard))
    assert not missed


def test_librosa_hears_the_declared_scale(manifest, mono_22k):
    """The seven notes of the declared key must sound more than the five others, in every piece."""
    librosa = pytest.importorskip("librosa", reason="librosa is the reference for pitch classes")
    shares = {}
    for entry, audio in zip(manifest, mono_22k, strict=True):
        chroma = librosa.feature.chroma_cqt(y=audio, sr=22_050, tuning=0.0).mean(axis=1)
        tonic = TONICS.index(entry["key"]["tonic"])
        inside = {(tonic + k) % 12 for k in Key(entry["key"]["tonic"], entry["key"]["mode"]).scale}
        inside_mean = np.mean([chroma[k] for k in inside])
        outside_mean = np.mean([chroma[k] for k in range(12) if k not in inside])
        shares[entry["path"]] = inside_mean / outside_mean
    assert min(shares.values()) > 1.05, shares
    assert np.median(list(shares.values())) > 1.4, shares
