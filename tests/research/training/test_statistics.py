"""Band statistics against NumPy on random input, and what they must not depend on."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the extra 'train' (torch)")

from segue.research.training.statistics import BandStatistics  # noqa: E402

FRAME_RATE_HZ = 12.9


@pytest.fixture(scope="module")
def statistics():
    return BandStatistics(128, FRAME_RATE_HZ, context=97, stride=16)


@pytest.fixture(scope="module")
def mel():
    return torch.rand(1, 128, 387, generator=torch.Generator().manual_seed(0))


def test_levels_and_covariance_of_a_step_agree_with_numpy(statistics, mel):
    import scipy.fft

    step, low, high = 10, 10 * 16 - 48, 10 * 16 + 49
    features = statistics(mel)[0, :, step].numpy()
    part = mel[0].numpy()[:, low:high]
    np.testing.assert_allclose(features[:128], part.mean(axis=1), atol=1e-5)
    np.testing.assert_allclose(features[128:256], part.std(axis=1), atol=1e-4)
    change = np.abs(np.diff(mel[0].numpy(), axis=1))[:, low - 1 : high - 1]
    np.testing.assert_allclose(features[256:384], change.mean(axis=1), atol=1e-5)
    cepstra = scipy.fft.dct(part - 0.4, axis=0, norm="ortho")[:24]
    np.testing.assert_allclose(features[384:408], cepstra.mean(axis=1), atol=1e-4)
    np.testing.assert_allclose(features[408:708], np.cov(cepstra, bias=True)[np.triu_indices(24)], atol=1e-4)


def test_a_band_that_pulses_shows_at_its_own_rate(statistics):
    t_s = torch.arange(387) / FRAME_RATE_HZ
    mel = torch.full((1, 128, 387), 0.5)
    mel[0, 40:44] += 0.3 * torch.sin(2 * torch.pi * 1.9 * t_s)
    rhythm = statistics._rhythm(mel)[0, :, 12].reshape(32, 10)
    assert int(rhythm[10].argmax()) == 5  # 1.9 Hz is the sixth rate
    assert float(rhythm[10].max()) > float(rhythm[20].max()) + 3.0


@pytest.mark.parametrize("n_frames", [65, 96, 97, 386, 387, 1000])
def test_steps_tile_any_length(statistics, n_frames):
    out = statistics(torch.rand(2, 128, n_frames))
    assert out.shape == (2, statistics.n_features, -(-n_frames // 16))
    assert torch.isfinite(out).all()


def test_constant_input_gives_finite_numbers(statistics):
    assert torch.isfinite(statistics(torch.zeros(1, 128, 387))).all()


def test_nothing_here_is_learned(statistics):
    assert list(statistics.parameters()) == []
