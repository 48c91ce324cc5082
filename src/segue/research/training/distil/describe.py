"""What the shipped network measures of a segment, and the whitening made of it, the embedding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from segue.research.training.config import AugmentConfig
from segue.research.training.distil.degrade import DegradeConfig, degrade
from segue.research.training.distil.network import DistilNet
from segue.research.training.distil.whiten import Whitening, fit_whitening

# Degradations that a piece should find itself through: bandwidth above all. Nothing is masked.
FOR_WHITENING = DegradeConfig(
    clean_share=0.0,
    low_pass_share=0.6,
    low_pass_hz=(2_500.0, 12_000.0),
    noise_share=0.1,
    range_jitter=(0.95, 1.08),
)
LOW_PASSED = DegradeConfig(
    clean_share=0.0,
    low_pass_share=1.0,
    low_pass_hz=(3_000.0, 14_000.0),
    high_pass_share=0.0,
    noise_share=0.0,
    range_jitter=(1.0, 1.0),
    silence_share=0.0,
)


@dataclass(frozen=True, slots=True)
class EmbeddingConfig:
    """How the embedding is made of the measures; chosen by leaving packages of the learning list out."""

    n_dims: int = 128
    shrinkage: float = 0.4
    package_share: float = 0.5
    power: float = 0.5
    seed: int = 0


@torch.no_grad()
def described(
    network: DistilNet, mel: np.ndarray, config: DegradeConfig | None = None, seed: int = 0
) -> np.ndarray:
    """Return float32 ``(n, n_measures)`` of uint8 clips, degraded if a ``config`` is given: the views and the joint layer, averaged over time."""
    network.eval()
    rng = torch.Generator().manual_seed(seed)
    fill = network.trunk.scale.running_mean
    rows = []
    for part in torch.from_numpy(mel).split(32):
        clips = part.float() / 255.0
        if config is not None:
            clips = degrade(clips, fill, config, AugmentConfig(band_mask=0, frame_mask=0), rng)
        features = network.features(clips)
        views = network.views(clips, features)
        joint = network.joint(views)
        rows.append(torch.cat((views.mean(dim=2), joint.mean(dim=2)), dim=1))
    return torch.cat(rows).numpy()


def fit_embedding(network: DistilNet, music: dict[str, np.ndarray], config: EmbeddingConfig) -> Whitening:
    """Return the whitening of the measures of unlabelled ``music``: clean, degraded, coded, and coded and low-passed."""
    coded = np.flatnonzero(music["copy"] >= 0)
    coded = coded[np.argsort(music["copy"][coded])]
    rows = np.concatenate(
        (
            described(network, music["mel"]),
            described(network, music["mel"], FOR_WHITENING, config.seed + 1),
            described(network, music["copies"]),
            described(network, music["copies"], LOW_PASSED, config.seed + 3),
        )
    )
    track = np.concatenate((music["track"], music["track"], music["track"][coded], music["track"][coded]))
    package = music["package"].astype(str)
    return fit_whitening(
        rows,
        track,
        config.n_dims,
        shrinkage=config.shrinkage,
        power=config.power,
        package=np.concatenate((package, package, package[coded], package[coded])),
        package_share=config.package_share,
    )
