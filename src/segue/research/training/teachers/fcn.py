"""FCN tagger (Choi, Fazekas and Sandler 2016; trained on the Million Song Dataset by Won et al. 2020); weights MIT."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

FCN_SHA256 = "6012aa7eecf864a8081faedca56af054521e8dfb9c5c98659a3dd5d3e1e66f21"
FCN_FRAMES = 1813  # 29 s, all it was trained on

_POOLINGS = ((2, 4), (2, 4), (2, 4), (3, 5), (4, 4))


class _Layer(nn.Module):
    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(n_in, n_out, 3, padding=1)
        self.bn = nn.BatchNorm2d(n_out)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.bn(self.conv(x)))


class Fcn(nn.Module):
    """Log-mel ``(batch, 96, n_frames)`` of `fcn_log_mel` in, at least 1,280 frames; embedding and 50 tags out."""

    def __init__(self) -> None:
        super().__init__()
        self.spec_bn = nn.BatchNorm2d(1)
        widths = (1, 64, 128, 128, 128, 64)
        for i in range(5):
            setattr(self, f"layer{i + 1}", _Layer(widths[i], widths[i + 1]))
        self.dense = nn.Linear(64, 50)

    def forward(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        """Embedding ``(batch, 64)`` and tag probabilities ``(batch, 50)`` of the whole input."""
        x = self.spec_bn(mel[:, None])
        for i, pool in enumerate(_POOLINGS):
            x = functional.max_pool2d(getattr(self, f"layer{i + 1}")(x), pool)
        embedding = x.mean(dim=3).flatten(1)
        return embedding, torch.sigmoid(self.dense(embedding))


def load_fcn(path: Path) -> Fcn:
    """The network with the weights at ``path``; raises RuntimeError where they do not fit, OSError where unreadable."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    network = Fcn()
    network.load_state_dict({k: v for k, v in state.items() if not k.startswith("spec.")})
    return network.eval()
