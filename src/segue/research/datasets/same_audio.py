"""Whether a file holds a clip of GTZAN, sample for sample, in whatever lossless packing."""

from __future__ import annotations

import numpy as np

from segue.audio.open import open_audio
from segue.research.datasets.gtzan_facts import RATE_HZ, ClipFacts, wav_sha256


def compare_with_clip(file: str, clip: ClipFacts) -> str:
    """Return ``"audio"`` for the clip's own samples, ``"length"`` for an .au as long as it, else a sentence.

    Of the .au files no digest is published, so that their samples have nothing sure to be held against.
    Raises AudioError where the file cannot be decoded.
    """
    with open_audio(file) as stream:
        info = stream.info
        blocks = list(stream.blocks())
    if (info.sample_rate_hz, info.n_channels) != (RATE_HZ, 1):
        return f"It is {info.sample_rate_hz:,} Hz with {info.n_channels} channels, not {RATE_HZ:,} Hz mono."
    samples = np.concatenate(blocks)[:, 0]
    if len(samples) != clip.n_samples:
        return f"It has {len(samples):,} samples, the clip {clip.n_samples:,}."
    if (
        wav_sha256(np.round(samples * 32_768.0).astype(np.int32).clip(-32_768, 32_767).astype(np.int16))
        == clip.sha256
    ):
        return "audio"
    if info.container == "au":
        return "length"
    return "It is as long as the clip, but its samples are others."
