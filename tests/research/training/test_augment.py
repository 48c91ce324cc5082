"""Augmentation keeps shapes and range, invents no values, and follows its generator."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the extra 'train' (torch)")

from segue.research.training.augment import blend, crop, equalise, mask, mixup_weights, shift_bands, vary  # noqa: E402
from segue.research.training.config import AugmentConfig  # noqa: E402


def rng(seed: int = 0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def mel():
    return torch.rand(6, 128, 200, generator=rng(1))


def test_crop_is_a_stretch_of_whole_frames(mel):
    cut = crop(mel, 50, rng())
    for clip, piece in zip(mel, cut, strict=True):
        starts = [s for s in range(151) if torch.equal(clip[:, s : s + 50], piece)]
        assert len(starts) == 1
    assert crop(mel, 200, rng()) is mel
    assert crop(mel, 999, rng()) is mel


def test_shift_moves_bands_and_repeats_the_edge(mel):
    moved = shift_bands(mel, 2, rng())
    for clip, shifted in zip(mel, moved, strict=True):
        candidates = {k: clip[(torch.arange(128) + k).clamp(0, 127)] for k in range(-2, 3)}
        assert sum(torch.equal(shifted, candidate) for candidate in candidates.values()) == 1
    assert torch.equal(shift_bands(mel, 0, rng()), mel)


def test_equaliser_adds_the_same_to_every_frame():
    grey = torch.full((4, 128, 30), 0.5)
    changed = equalise(grey, 0.05, 0.02, rng())
    assert torch.allclose(changed, changed[:, :, :1].expand_as(changed))
    assert changed.std(dim=1).max() > 0
    assert torch.equal(equalise(grey, 0.0, 0.0, rng()), grey)


def test_mask_replaces_one_stretch_of_bands_and_one_of_frames(mel):
    fill = torch.full((128,), 2.0)
    hidden = mask(mel, fill, 10, 16, rng()) == 2.0
    whole_bands, whole_frames = hidden.all(dim=2), hidden.all(dim=1)
    assert whole_bands.sum(dim=1).max() <= 11
    assert whole_frames.sum(dim=1).max() <= 17
    assert torch.equal(hidden, whole_bands[:, :, None] | whole_frames[:, None, :])
    assert torch.equal(mask(mel, fill, 0, 0, rng()), mel)


def test_all_together_stay_in_range_and_follow_the_generator(mel):
    config, fill = AugmentConfig(), torch.full((128,), 0.4)
    first = vary(mel, fill, config, rng(5))
    assert first.shape == mel.shape
    assert 0.0 <= float(first.min()) and float(first.max()) <= 1.0
    assert torch.equal(first, vary(mel, fill, config, rng(5)))
    assert not torch.equal(first, vary(mel, fill, config, rng(0)))


def test_blend_by_hand():
    first, second = torch.tensor([[1.0, 2.0], [4.0, 4.0]]), torch.tensor([[3.0, 6.0], [0.0, 8.0]])
    mixed = blend(first, second, torch.tensor([0.5, 0.25]))
    assert mixed.tolist() == [[2.0, 4.0], [1.0, 7.0]]


def test_mixup_happens_in_its_share_of_batches():
    generator = np.random.default_rng(0)
    config = AugmentConfig(mixup_share=0.7)
    mixed = [not (mixup_weights(8, config, generator) == 1.0).all() for _ in range(1000)]
    assert np.mean(mixed) == pytest.approx(0.7, abs=0.05)
    assert (mixup_weights(8, AugmentConfig(mixup_share=0.0), generator) == 1.0).all()
