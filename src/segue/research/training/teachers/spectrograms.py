"""Log-mel spectrograms of the teacher networks, each as its authors computed them.

All functions take float32 ``(n_samples,)`` at the rate in their name's constant and return float32
``(n_mels, n_frames)``.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

MN_RATE_HZ = 32_000
MSD_RATE_HZ = 16_000  # musicnn and FCN

_MN_N_FFT, _MN_WINDOW, _MN_HOP, _MN_TOP_HZ = 1024, 800, 320, 15_000.0
_MSD_N_FFT, _MSD_HOP, _MSD_MELS = 512, 256, 96
_PRE_EMPHASIS = 0.97


def mn_log_mel(mono: np.ndarray) -> np.ndarray:
    """Log-mel of EfficientAT (Schmid et al. 2023): pre-emphasis, 128 Kaldi mel bands from 0 to 15 kHz, 100 frames/s."""
    x = torch.from_numpy(mono)
    x = x[1:] - _PRE_EMPHASIS * x[:-1]
    window = torch.hann_window(_MN_WINDOW, periodic=False)
    power = _power(x, _MN_N_FFT, _MN_HOP, window)
    mel = _kaldi_bands(128, _MN_N_FFT, MN_RATE_HZ, _MN_TOP_HZ) @ power
    return (((mel + 1e-5).log() + 4.5) / 5.0).numpy()


def musicnn_log_mel(mono: np.ndarray) -> np.ndarray:
    """Log-mel of musicnn (Pons and Serra 2019): 96 Slaney mel bands, ``log10(10000 power + 1)``, 62.5 frames/s."""
    power = _power(torch.from_numpy(mono), _MSD_N_FFT, _MSD_HOP, torch.hann_window(_MSD_N_FFT))
    return torch.log10(10_000.0 * (_slaney_bands() @ power) + 1.0).numpy()


def fcn_log_mel(mono: np.ndarray) -> np.ndarray:
    """Log-mel of FCN (Choi et al. 2016, weights by Won et al. 2020): 96 HTK mel bands in decibels, 62.5 frames/s."""
    power = _power(torch.from_numpy(mono), _MSD_N_FFT, _MSD_HOP, torch.hann_window(_MSD_N_FFT))
    return (10.0 * torch.log10((_htk_bands() @ power).clamp(min=1e-10))).numpy()


def _power(x: Tensor, n_fft: int, hop: int, window: Tensor) -> Tensor:
    return (
        torch.stft(
            x, n_fft, hop, len(window), window, center=True, pad_mode="reflect", return_complex=True
        ).abs()
        ** 2
    )


@lru_cache
def _kaldi_bands(n_mels: int, n_fft: int, rate_hz: int, top_hz: float) -> Tensor:
    """Triangles on Kaldi's mel scale, linear in mel; the last bin belongs to no band."""

    def mel(hz: Tensor | float) -> Tensor:
        return 1127.0 * torch.log(1.0 + torch.as_tensor(hz, dtype=torch.float64) / 700.0)

    bins = mel(torch.arange(n_fft // 2, dtype=torch.float64) * rate_hz / n_fft)
    step = mel(top_hz) / (n_mels + 1)
    left = torch.arange(n_mels, dtype=torch.float64)[:, None] * step
    weights = torch.minimum((bins - left) / step, (left + 2 * step - bins) / step).clamp(min=0.0)
    return torch.nn.functional.pad(weights, (0, 1)).float()


@lru_cache
def _htk_bands() -> Tensor:
    """Triangles on the HTK mel scale, linear in Hz, not normalised (torchaudio's default)."""
    top_hz = MSD_RATE_HZ / 2
    bins_hz = torch.linspace(0.0, top_hz, _MSD_N_FFT // 2 + 1, dtype=torch.float64)
    mels = torch.linspace(0.0, 2595.0 * np.log10(1.0 + top_hz / 700.0), _MSD_MELS + 2, dtype=torch.float64)
    edges_hz = 700.0 * (10.0 ** (mels / 2595.0) - 1.0)
    return _triangles(bins_hz, edges_hz).float()


@lru_cache
def _slaney_bands() -> Tensor:
    """Triangles on Slaney's mel scale, area-normalised (librosa's default)."""
    from segue.signal.mel import hz_to_mel, mel_to_hz

    top_hz = MSD_RATE_HZ / 2
    bins_hz = torch.linspace(0.0, top_hz, _MSD_N_FFT // 2 + 1, dtype=torch.float64)
    top = float(hz_to_mel(np.array([top_hz]))[0])
    edges_hz = torch.from_numpy(mel_to_hz(np.linspace(0.0, top, _MSD_MELS + 2)))
    return (_triangles(bins_hz, edges_hz) * (2.0 / (edges_hz[2:] - edges_hz[:-2]))[:, None]).float()


def _triangles(bins_hz: Tensor, edges_hz: Tensor) -> Tensor:
    left, centre, right = edges_hz[:-2, None], edges_hz[1:-1, None], edges_hz[2:, None]
    return torch.minimum((bins_hz - left) / (centre - left), (right - bins_hz) / (right - centre)).clamp(
        min=0.0
    )
