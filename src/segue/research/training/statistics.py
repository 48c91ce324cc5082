"""What the bands of a mel spectrogram do over some seconds, as layers without anything to learn.

With some 440 clips to learn from, a network that must invent its own measures of timbre and rhythm
does worse than one that is given good ones. These are convolutions, squares and running means, so
they go through time like any convolutional layer and export to ONNX with the rest:

- level: mean, standard deviation and mean absolute change of each band;
- shape: mean and covariance of 24 cepstral coefficients, the cosine transform across bands
  (Mandel and Ellis 2005 used the covariance of cepstra for artist and genre);
- rhythm: energy of ten modulation rates from 0.25 to 5.6 Hz in 32 bands, by Gabor filters
  (after McKinney and Breebaart 2003);
- distribution: how often each of 64 bands lies above six levels and changes by more than four steps.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

_N_CEPSTRA = 24
_MODULATION_HZ = (0.25, 0.4, 0.6, 0.9, 1.3, 1.9, 2.6, 3.4, 4.4, 5.6)
_MODULATION_TAPS = 65  # 5 s, the shortest input a network is given
_LEVELS = (0.15, 0.29, 0.43, 0.57, 0.71, 0.85)
_LEVEL_SOFTNESS = 0.05
_CHANGES = (-0.12, -0.04, 0.04, 0.12)
_CHANGE_SOFTNESS = 0.02


class BandStatistics(nn.Module):
    """Turns ``(batch, n_mels, n_frames)`` into ``(batch, n_features, n_steps)``.

    A step is the statistics of ``context`` frames around it (fewer at the ends, never padding);
    steps are ``stride`` frames apart.
    """

    def __init__(self, n_mels: int, frame_rate_hz: float, context: int, stride: int) -> None:
        super().__init__()
        self.context, self.stride = context, stride
        self.register_buffer("cosines", _cosine_transform(_N_CEPSTRA, n_mels)[:, :, None])
        self.register_buffer("gabor", _gabor_filters(frame_rate_hz)[:, None, :])
        self.register_buffer("quarters", _band_means(n_mels, 4)[:, :, None])
        self.register_buffer("halves", _band_means(n_mels, 2)[:, :, None])
        self.register_buffer("levels", torch.tensor(_LEVELS)[None, :, None, None])
        self.register_buffer("changes", torch.tensor(_CHANGES)[None, :, None, None])
        rows, columns = torch.triu_indices(_N_CEPSTRA, _N_CEPSTRA)
        self.register_buffer("rows", rows)
        self.register_buffer("columns", columns)
        with torch.no_grad():
            self.n_features = self(torch.zeros(1, n_mels, _MODULATION_TAPS)).shape[1]

    def forward(self, mel: Tensor) -> Tensor:
        return torch.cat(
            (self._level(mel), self._shape(mel), self._rhythm(mel), self._distribution(mel)), dim=1
        )

    def over_context(self, x: Tensor) -> Tensor:
        """Running means of ``(batch, channels, n_frames)``: one per step."""
        # As a matrix product: ONNX Runtime takes ten times as long over a pooling this wide.
        n_frames = x.shape[-1]
        before = self.context // 2
        n_steps = (n_frames + 2 * before - self.context) // self.stride + 1
        starts = torch.arange(n_steps, device=x.device) * self.stride - before
        place = torch.arange(n_frames, device=x.device)[:, None] - starts
        heard = ((place >= 0) & (place < self.context)).to(x.dtype)
        return x @ (heard / heard.sum(dim=0))

    def _level(self, mel: Tensor) -> Tensor:
        mean = self.over_context(mel)
        variance = self.over_context(mel * mel) - mean * mean
        return torch.cat(
            (mean, variance.clamp(min=1e-5).sqrt(), self.over_context(_change(mel).abs())), dim=1
        )

    def _shape(self, mel: Tensor) -> Tensor:
        # 0.4 is about the mean of the input; near-zero cepstra keep products small and differences exact.
        cepstra = functional.conv1d(mel - 0.4, self.cosines)
        mean = self.over_context(cepstra)
        products = self.over_context(cepstra[:, self.rows] * cepstra[:, self.columns])
        return torch.cat((mean, products - mean[:, self.rows] * mean[:, self.columns]), dim=1)

    def _rhythm(self, mel: Tensor) -> Tensor:
        bands = functional.conv1d(mel, self.quarters)
        batch, n_bands, n_frames = bands.shape
        padded = functional.pad(bands, (_MODULATION_TAPS // 2, _MODULATION_TAPS // 2), mode="replicate")
        filtered = functional.conv1d(padded.reshape(batch * n_bands, 1, -1), self.gabor) ** 2
        # Cosine and sine filters lie side by side; their squares add to an energy without phase.
        energy = filtered.reshape(batch, n_bands, len(_MODULATION_HZ), 2, n_frames).sum(dim=3)
        return torch.log(
            self.over_context(energy.reshape(batch, n_bands * len(_MODULATION_HZ), n_frames)) + 1e-4
        )

    def _distribution(self, mel: Tensor) -> Tensor:
        bands = functional.conv1d(mel, self.halves)
        above = torch.sigmoid((bands[:, None] - self.levels) / _LEVEL_SOFTNESS).flatten(1, 2)
        rising = torch.sigmoid((_change(bands)[:, None] - self.changes) / _CHANGE_SOFTNESS).flatten(1, 2)
        return torch.cat((self.over_context(above), self.over_context(rising)), dim=1)


def _change(x: Tensor) -> Tensor:
    return functional.pad(x[:, :, 1:] - x[:, :, :-1], (1, 0))


def _cosine_transform(n_coefficients: int, n_bands: int) -> Tensor:
    """Orthonormal DCT-II as a matrix ``(n_coefficients, n_bands)``."""
    place = (torch.arange(n_bands) + 0.5) * math.pi / n_bands
    rows = torch.stack([torch.cos(k * place) for k in range(n_coefficients)]) * math.sqrt(2.0 / n_bands)
    rows[0] *= math.sqrt(0.5)
    return rows


def _band_means(n_mels: int, width: int) -> Tensor:
    """Matrix ``(n_mels // width, n_mels)`` that averages neighbouring bands."""
    return torch.eye(n_mels // width).repeat_interleave(width, dim=1) / width


def _gabor_filters(frame_rate_hz: float) -> Tensor:
    """Cosine and sine filters of unit energy ``(2 * rates, taps)``, each blind to a constant."""
    t = torch.arange(_MODULATION_TAPS) - _MODULATION_TAPS // 2
    filters = []
    for rate_hz in _MODULATION_HZ:
        width = min(13.0, 0.8 * frame_rate_hz / rate_hz)
        bell = torch.exp(-0.5 * (t / width) ** 2)
        for phase in (0.0, math.pi / 2):
            wave = bell * torch.cos(2.0 * math.pi * rate_hz / frame_rate_hz * t + phase)
            wave = wave - bell * wave.sum() / bell.sum()
            filters.append(wave / wave.norm())
    return torch.stack(filters)
