"""Degradations of mel spectrograms: what is taken away, what is left, and that clean clips stay clean."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from segue.research.training.config import AugmentConfig  # noqa: E402
from segue.research.training.distil.degrade import (  # noqa: E402
    DegradeConfig,
    band_centres_hz,
    degrade,
    low_pass,
    noise_floor,
    silence,
)


def seeded():
    return torch.Generator().manual_seed(0)


def test_a_low_pass_leaves_what_lies_below_and_takes_what_lies_far_above():
    mel = torch.full((8, 128, 20), 0.8)
    cut = low_pass(mel, 1.0, (2_000.0, 2_001.0), seeded())
    hz = band_centres_hz()
    assert (cut[:, hz < 1_990.0] == 0.8).all()
    assert (cut[:, hz > 8_000.0] == 0.0).all(), "two octaves at 60 dB or more are beyond the range"


def test_low_passed_audio_and_the_low_passed_spectrogram_agree():
    scipy_signal = pytest.importorskip("scipy.signal")
    from segue.research.training.distil.prepare import mel_segment

    rng = np.random.default_rng(0)
    sound = rng.standard_normal(30 * 22_050).astype(np.float32) * 0.1
    worse = scipy_signal.sosfiltfilt(scipy_signal.butter(10, 5_000.0, fs=22_050, output="sos"), sound)
    heard = mel_segment(worse).astype(np.float32) / 255.0
    drawn = low_pass(
        torch.from_numpy(mel_segment(sound))[None].float() / 255.0, 1.0, (5_000.0, 5_001.0), seeded()
    )
    hz = band_centres_hz().numpy()
    for part in (hz < 4_500.0, hz > 9_000.0):
        assert np.abs(heard[part].mean() - drawn[0].numpy()[part].mean()) < 0.05


def test_noise_raises_what_is_quieter_and_never_lowers():
    mel = torch.linspace(0.0, 1.0, 128)[None, :, None].expand(4, 128, 50).contiguous()
    noisy = noise_floor(mel, 1.0, (-40.0, -40.0), seeded())
    assert (noisy >= mel - 1e-5).all()
    assert noisy[:, 0].mean() > 0.2


def test_silence_is_at_one_end():
    quiet = silence(torch.ones(50, 4, 100), 1.0, 40, seeded())
    frames = quiet[:, 0]
    assert set(frames.unique().tolist()) <= {0.0, 1.0}
    assert ((frames[:, 0] == 1.0) | (frames[:, -1] == 1.0)).all()
    assert frames.sum(dim=1).min() >= 60


def test_a_share_of_one_clean_changes_nothing():
    mel = torch.rand(6, 128, 64, generator=seeded())
    same = degrade(mel, torch.zeros(128), DegradeConfig(clean_share=1.0), AugmentConfig(), seeded())
    assert torch.equal(same, mel)
