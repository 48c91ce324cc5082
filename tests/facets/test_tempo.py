"""Tempo: click tracks to 1 %, real clips, and what has no tempo."""

import csv

import numpy as np
import pytest
import soundfile

from segue.facets.tempo import estimate_tempo
from segue.metrics.tempo import accuracy1, accuracy2
from tests.facets.synthetic_music import FRAME_RATE_HZ, RATE_HZ, clicks, envelope_of


def tempo_of(mono):
    return estimate_tempo(envelope_of(mono), FRAME_RATE_HZ)


@pytest.mark.parametrize("accent_every", [1, 3, 4])
@pytest.mark.parametrize(
    "bpm", [60, 61.7, 72.5, 83.3, 90, 99.9, 110.4, 120, 127.3, 133, 150.7, 163, 175.5, 200]
)
def test_clicks_to_one_percent(bpm, accent_every):
    for seconds in (10, 30):
        tempo = tempo_of(clicks(bpm, seconds, accent_every))
        assert tempo.bpm == pytest.approx(bpm, rel=0.01)
        assert tempo.confidence > 0.45


def test_three_minutes_of_clicks():
    assert tempo_of(clicks(127.3, 180)).bpm == pytest.approx(127.3, rel=0.01)


def test_gain_does_not_matter():
    mono = clicks(97.0, 12, 4)
    loud, quiet = tempo_of(mono), tempo_of(mono * 0.01)
    assert quiet.bpm == pytest.approx(loud.bpm, rel=1e-3)


@pytest.mark.parametrize("seconds", [5, 10, 30])
def test_noise_has_no_sure_tempo(seconds):
    rng = np.random.default_rng(0)
    for _ in range(4):
        tempo = tempo_of(0.1 * rng.standard_normal(seconds * RATE_HZ))
        assert tempo is None or tempo.confidence < 0.25


def test_what_does_not_recur_has_no_tempo():
    t = np.arange(10 * RATE_HZ) / RATE_HZ
    assert tempo_of(np.zeros(10 * RATE_HZ)) is None
    assert tempo_of(0.5 * np.sin(2 * np.pi * 443.7 * t)) is None
    assert tempo_of(np.full(10 * RATE_HZ, 0.5)) is None
    assert estimate_tempo(np.full(500, 0.3), FRAME_RATE_HZ) is None
    assert estimate_tempo(np.full(500, np.nan), FRAME_RATE_HZ) is None


@pytest.mark.parametrize("n_frames", [0, 1, 2, 128])
def test_too_short_to_have_a_tempo(n_frames):
    assert estimate_tempo(np.ones(n_frames), FRAME_RATE_HZ) is None


def test_three_hours():
    envelope = np.tile(envelope_of(clicks(100.0, 60)), 180)
    assert estimate_tempo(envelope, FRAME_RATE_HZ).bpm == pytest.approx(100.0, rel=0.01)


def test_real_training_clips_are_not_below_librosa(shared_dir):
    librosa = pytest.importorskip("librosa", reason="librosa's beat tracker is the reference")
    folder = shared_dir / "data" / "gtzan"
    with open(folder / "tempo.csv", newline="", encoding="utf-8") as file:
        bpm = {row["track_id"]: float(row["bpm"]) for row in csv.DictReader(file)}
    with open(folder / "tracks.csv", newline="", encoding="utf-8") as file:
        training = {row["track_id"] for row in csv.DictReader(file) if row["filtered_split"] == "train"}
    ours, theirs, annotated = [], [], []
    for clip in sorted((folder / "audio").rglob("*.flac")):
        if clip.stem in training:
            mono, _ = soundfile.read(clip, dtype="float32")
            annotated.append(bpm[clip.stem])
            ours.append(tempo_of(mono).bpm)
            theirs.append(float(np.atleast_1d(librosa.beat.beat_track(y=mono, sr=RATE_HZ)[0])[0]))
    assert len(annotated) == 24
    assert accuracy1(ours, annotated) >= accuracy1(theirs, annotated)
    assert accuracy2(ours, annotated) >= max(0.9, accuracy2(theirs, annotated))
