"""EfficientAT mn04 (Schmid, Koutini and Widmer 2023), a MobileNetV3 trained on AudioSet; weights MIT."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

MN04_SHA256 = "899a8c6217063f6941793102a2780b3dd788ab11fce468d9cf5f0577c453321c"

# Kernel, expanded and output channels, squeeze-and-excitation, hard swish, stride: MobileNetV3-Large
# (Howard et al. 2019, table 1) at width 0.4, channels in multiples of eight.
_BLOCKS = (
    (3, 8, 8, False, False, 1),
    (3, 24, 16, False, False, 2),
    (3, 32, 16, False, False, 1),
    (5, 32, 16, True, False, 2),
    (5, 48, 16, True, False, 1),
    (5, 48, 16, True, False, 1),
    (3, 96, 32, False, True, 2),
    (3, 80, 32, False, True, 1),
    (3, 72, 32, False, True, 1),
    (3, 72, 32, False, True, 1),
    (3, 192, 48, True, True, 1),
    (3, 272, 48, True, True, 1),
    (5, 272, 64, True, True, 2),
    (5, 384, 64, True, True, 1),
    (5, 384, 64, True, True, 1),
)
_SQUEEZE = {32: 8, 48: 16, 192: 48, 272: 72, 384: 96}
FRAMES_PER_STEP = 32


class _Squeeze(nn.Module):
    """Squeeze and excitation over channels (Hu et al. 2018)."""

    def __init__(self, n: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(n, _SQUEEZE[n]), nn.Linear(_SQUEEZE[n], n)

    def forward(self, x: Tensor) -> Tensor:
        scale = torch.sigmoid(self.fc2(torch.relu(self.fc1(x.mean(dim=(2, 3))))))
        return x * scale[:, :, None, None]


class _Excite(nn.Module):
    """The checkpoint's name for one squeeze and excitation."""

    def __init__(self, n: int) -> None:
        super().__init__()
        self.conc_se_layers = nn.ModuleList([_Squeeze(n)])

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.conc_se_layers[0](x)
        return found


def _conv(
    n_in: int, n_out: int, kernel: int, stride: int = 1, groups: int = 1, act: nn.Module | None = None
) -> nn.Sequential:
    layers: list[nn.Module] = [
        nn.Conv2d(n_in, n_out, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(n_out, eps=1e-3),
    ]
    return nn.Sequential(*layers, *([act] if act else []))


class _Block(nn.Module):
    def __init__(
        self, n_in: int, kernel: int, wide: int, n_out: int, excite: bool, swish: bool, stride: int
    ) -> None:
        super().__init__()
        act = nn.Hardswish if swish else nn.ReLU
        layers: list[nn.Module] = [] if wide == n_in else [_conv(n_in, wide, 1, act=act())]
        layers.append(_conv(wide, wide, kernel, stride, wide, act()))
        layers += [_Excite(wide)] if excite else []
        layers.append(_conv(wide, n_out, 1))
        self.block = nn.Sequential(*layers)
        self.adds = stride == 1 and n_in == n_out

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.block(x)
        return x + y if self.adds else y


class Mn04(nn.Module):
    """Log-mel ``(batch, 128, n_frames)`` of `mn_log_mel` in; see `steps` and `tags`."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [_conv(1, 8, 3, 2, act=nn.Hardswish())]
        n_in = 8
        for kernel, wide, n_out, excite, swish, stride in _BLOCKS:
            layers.append(_Block(n_in, kernel, wide, n_out, excite, swish, stride))
            n_in = n_out
        layers.append(_conv(n_in, 384, 1, act=nn.Hardswish()))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Identity(),
            nn.Identity(),
            nn.Linear(384, 512),
            nn.Hardswish(),
            nn.Identity(),
            nn.Linear(512, 527),
        )

    def steps(self, mel: Tensor) -> Tensor:
        """Embeddings over time ``(batch, 384, n_frames / 32)``; their mean is the embedding of the whole."""
        found: Tensor = self.features(mel[:, None]).mean(dim=2)
        return found

    def tags(self, embedding: Tensor) -> Tensor:
        """Probabilities ``(batch, 527)`` of AudioSet's classes from mean embeddings ``(batch, 384)``."""
        return torch.sigmoid(self.classifier(embedding))


def load_mn04(path: Path) -> Mn04:
    """The network with the weights at ``path``; raises RuntimeError where they do not fit, OSError where unreadable."""
    network = Mn04()
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return network.eval()
