"""musicnn (Pons and Serra 2019), trained on the Million Song Dataset; weights ISC, read from Keras' HDF5."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

MUSICNN_SHA256 = "412a832c8527a813e084ba6f2cc7d068ecbbf1b68bda8c1de2e7de0d1f5fe7d1"
WINDOW_FRAMES = 187  # 3 s

_EPS = 1e-3
_TIMBRE = (("conv2d", "batch_normalization_1"), ("conv2d_1", "batch_normalization_2"))
_TIME = tuple((f"conv2d_{i}", f"batch_normalization_{i + 1}") for i in (2, 3, 4))
_MIDDLE = ("midend_conv1", "midend_conv2", "midend_conv3")


class Musicnn(nn.Module):
    """Log-mel ``(batch, 96, 187)`` of `musicnn_log_mel` in; see `forward`. Built from arrays by their Keras names."""

    def __init__(self, arrays: dict[str, np.ndarray], *, exact: bool = True) -> None:
        """``exact`` False multiplies in bfloat16, several times faster where the processor has it; for training."""
        super().__init__()
        self.exact = exact
        for name, values in arrays.items():
            self.register_buffer(name.replace("/", "-"), torch.from_numpy(values))

    def forward(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        """Embedding ``(batch, 200)`` and tag probabilities ``(batch, 50)``."""
        x = self._norm(mel.transpose(1, 2)[:, None], "batch_normalization")  # (batch, 1, frames, bands)
        front = []
        for conv, norm in _TIMBRE:
            front.append(self._highest(functional.pad(x, (0, 0, 3, 3)), conv, norm))
        for conv, norm in _TIME:
            n = self._get(conv, "kernel").shape[0]
            # Keras pads an even kernel by one more at the end.
            front.append(self._highest(functional.pad(x, (0, 0, (n - 1) // 2, n // 2)), conv, norm))
        found = [torch.cat(front, dim=1)]
        y = found[0]
        for i, conv in enumerate(_MIDDLE):
            kernel = self._get(conv, "kernel")[:, :, 0].permute(2, 1, 0)
            z = functional.conv1d(y, kernel, self._get(conv, "bias"), padding=3)
            z = self._norm(functional.relu(z), f"bn_{conv}")
            y = z if i == 0 else y + z
            found.append(y)
        joined = torch.cat(found, dim=1)
        # For each channel its maximum, then its mean, side by side: the order the dense layer expects.
        pooled = torch.stack((joined.amax(dim=2), joined.mean(dim=2)), dim=2).flatten(1)
        hidden = functional.relu(self._dense(self._norm(pooled, "bn_flatpool"), "dense"))
        tags = torch.sigmoid(self._dense(self._norm(hidden, "bn_dense"), "dense_1"))
        return hidden, tags

    def _get(self, layer: str, what: str) -> Tensor:
        found: Tensor = getattr(self, f"{layer}-{what}")
        return found

    def _highest(self, x: Tensor, conv: str, norm: str) -> Tensor:
        """Convolution, rectifier and normalisation, and of those the maximum over bands: ``(batch, channels, frames)``.

        Rectifying and normalising are monotone, so they are left to the maximum, or to the minimum where the
        normalisation turns the sign.
        """
        sign = torch.where(self._get(norm, "gamma") >= 0, 1.0, -1.0)
        kernel, bias = self._get(conv, "kernel"), self._get(conv, "bias")
        if self.exact:
            high = functional.conv2d(x, (kernel * sign).permute(3, 2, 0, 1)).amax(dim=3)
        else:
            height, width = kernel.shape[:2]
            weight = (kernel * sign).reshape(height * width, -1).to(torch.bfloat16)
            highs = []
            for one in x[:, 0].to(torch.bfloat16):
                places = one.unfold(0, height, 1).unfold(1, width, 1)
                y = places.reshape(-1, height * width) @ weight
                highs.append(y.reshape(*places.shape[:2], -1).amax(dim=1).T)
            high = torch.stack(highs).float()
        return self._norm(functional.relu(high * sign[:, None] + bias[:, None]), norm)

    def _dense(self, x: Tensor, layer: str) -> Tensor:
        return x @ self._get(layer, "kernel") + self._get(layer, "bias")

    def _norm(self, x: Tensor, layer: str) -> Tensor:
        return functional.batch_norm(
            x,
            self._get(layer, "moving_mean"),
            self._get(layer, "moving_variance"),
            self._get(layer, "gamma"),
            self._get(layer, "beta"),
            eps=_EPS,
        )


def load_musicnn(path: Path, *, exact: bool = True) -> Musicnn:
    """The network with the weights at ``path``; raises OSError where the file is no HDF5."""
    import h5py

    arrays: dict[str, np.ndarray] = {}

    def keep(name: str, node: object) -> None:
        if isinstance(node, h5py.Dataset):
            layer, what = name.split("/")[-2:]
            arrays[f"{layer}/{what.split(':')[0].removesuffix('_1')}"] = node[()]

    with h5py.File(path, "r") as file:
        file["model_weights"].visititems(keep)
    return Musicnn(arrays, exact=exact).eval()
