"""The mel spectrogram: librosa's to 1e-3 dB, the archive's recipe, and the same however the stream is cut."""

import csv
import itertools

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.signal.front_end import MEL128_V1
from segue.signal.mel import MelBands, hz_to_mel, mel_spectrogram_db, mel_to_hz, mel_weights
from segue.signal.stft import PowerSpectra
from segue.signal.windows import whole_window

RATE_HZ = MEL128_V1.sample_rate_hz


def clips(shared_dir):
    return sorted((shared_dir / "data" / "gtzan" / "audio").rglob("*.flac"))


def mixture(seconds, seed=0):
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    tones = sum(np.sin(2 * np.pi * hz * t) for hz in (55.0, 440.0, 3520.0))
    return (0.1 * tones + 0.01 * rng.standard_normal(len(t))).astype(np.float32)


def test_weights_are_librosas():
    librosa = pytest.importorskip("librosa", reason="librosa is the reference")
    expected = librosa.filters.mel(sr=RATE_HZ, n_fft=2048, n_mels=128)
    np.testing.assert_allclose(mel_weights(MEL128_V1), expected, atol=1e-8)


@given(st.floats(0, 20_000))
def test_mel_scale_turns_back(hz):
    assert mel_to_hz(hz_to_mel(hz)) == pytest.approx(hz, abs=1e-6)


def librosa_db(librosa, samples):
    mel = librosa.feature.melspectrogram(y=samples, sr=RATE_HZ)
    return librosa.power_to_db(mel, ref=np.max)


@pytest.mark.parametrize("n_samples", [1, 511, 512, 2048, 5 * RATE_HZ + 7])
def test_agrees_with_librosa_at_any_length(n_samples):
    librosa = pytest.importorskip("librosa", reason="librosa is the reference")
    samples = mixture(6)[:n_samples]
    np.testing.assert_allclose(
        mel_spectrogram_db(samples, MEL128_V1), librosa_db(librosa, samples), atol=1e-3
    )


def test_agrees_with_librosa_on_real_clips(shared_dir):
    librosa = pytest.importorskip("librosa", reason="librosa is the reference")
    worst = 0.0
    for path in clips(shared_dir)[::5]:
        samples, _ = soundfile.read(path, dtype="float32")
        worst = max(
            worst, np.abs(mel_spectrogram_db(samples, MEL128_V1) - librosa_db(librosa, samples)).max()
        )
    assert worst < 1e-3


def test_agrees_with_the_archive_on_all_real_clips(shared_dir):
    archive = np.load(shared_dir / "data" / "gtzan" / "mel128x387_uint8.npz")
    row_of = {name: row for row, name in enumerate(archive["track_id"])}
    mels = archive["mel"]
    correlations = []
    for path in clips(shared_dir):
        samples, rate_hz = soundfile.read(path, dtype="float32")
        assert rate_hz == RATE_HZ
        ours = whole_window(samples, MEL128_V1)
        correlations.append(np.corrcoef(ours.ravel(), mels[row_of[path.stem]].ravel())[0, 1])
    with open(shared_dir / "data" / "gtzan" / "tracks.csv", newline="", encoding="utf-8") as file:
        assert {p.stem for p in clips(shared_dir)} <= {row["track_id"] for row in csv.DictReader(file)}
    assert len(correlations) == 60
    assert np.mean(correlations) >= 0.999


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 6000), max_size=8), st.integers(0, 9000))
def test_how_the_stream_is_cut_does_not_show(pieces, rest):
    samples = mixture(3)[: sum(pieces) + rest]
    bounds = np.cumsum([0, *pieces, rest])
    stream, bands = PowerSpectra(MEL128_V1), MelBands(MEL128_V1)
    cut = [bands(p) for a, b in itertools.pairwise(bounds) for p in stream.push(samples[a:b])]
    cut += [bands(p) for p in stream.finish()]
    whole_stream = PowerSpectra(MEL128_V1)
    whole = [bands(p) for p in whole_stream.push(samples)] + [bands(p) for p in whole_stream.finish()]
    n_frames = sum(m.shape[1] for m in cut)
    assert n_frames == (1 + len(samples) // 512 if len(samples) else 0) == sum(m.shape[1] for m in whole)
    if n_frames:
        np.testing.assert_allclose(np.concatenate(cut, 1), np.concatenate(whole, 1), rtol=1e-5, atol=1e-9)


def test_a_tone_lands_in_its_band():
    hz = 1000.0
    tone = np.sin(2 * np.pi * hz * np.arange(RATE_HZ) / RATE_HZ).astype(np.float32)
    loudest = mel_spectrogram_db(tone, MEL128_V1).mean(axis=1).argmax()
    centres_hz = mel_to_hz(np.linspace(0, hz_to_mel(np.array(11_025.0)), 130))[1:-1]
    assert abs(centres_hz[loudest] - hz) <= np.diff(centres_hz)[loudest]


def test_nothing_gives_no_frames():
    assert mel_spectrogram_db(np.zeros(0, np.float32), MEL128_V1).shape == (128, 0)
