"""The report's chunks cut from audio, as it cut them; the mel archive stands in only where there is no audio."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from segue.audio.mono import read_mono
from segue.errors import AudioError
from segue.research.datasets.dataset import Dataset
from segue.research.reproduce.network import CHUNK_S, STEP_S, ChunkCutter, n_chunks
from segue.signal.front_end import MEL128_V1
from segue.signal.mel import mel_spectrogram_db
from segue.types import Failure

CHUNK_FRAMES = 216  # of hop 512 in 5 s, the first centred on the first sample


@dataclass(frozen=True, slots=True)
class AudioChunks:
    """Every chunk of every clip that can be read: ``mel[i]`` is chunk ``chunks[i]``, uint8 ``(n, 128, 216)``."""

    mel: np.ndarray
    chunks: tuple[tuple[str, int], ...]  # (track id, number of the chunk)
    failures: tuple[Failure, ...]


def chunks_from_audio(
    dataset: Dataset, ids: Sequence[str], step: Callable[[], None] = lambda: None
) -> AudioChunks:
    """Return the chunks of ``ids``, in that order; ``step`` is called after each clip.

    A chunk's mel spectrogram is in decibels below its own maximum, from -80 to 0, as 0 to 255. 28 kB a
    chunk. A clip that cannot be decoded is among ``failures``.
    """
    mel, chunks, failures = [], [], []
    for track, path in dataset.audio.each(list(dataset.select(tuple(ids)))):
        try:
            if path is None:
                raise AudioError(f"Of {track.track_id} there is no audio.", "open")
            cut = chunks_of(read_mono(path, MEL128_V1.sample_rate_hz))
        except AudioError as error:
            failures.append(Failure(track.path or track.track_id, error.stage, str(error)))
        else:
            mel.append(cut)
            chunks += [(track.track_id, number) for number in range(len(cut))]
        step()
    empty = np.empty((0, MEL128_V1.n_mels, CHUNK_FRAMES), np.uint8)
    return AudioChunks(np.concatenate([empty, *mel]), tuple(chunks), tuple(failures))


def chunks_of(mono: np.ndarray) -> np.ndarray:
    """Return the chunks of float32 ``(n_samples,)`` at 22,050 Hz, uint8 ``(n_chunks, 128, 216)``, the last one zero-padded."""
    rate = MEL128_V1.sample_rate_hz
    length, step = int(CHUNK_S * rate), int(STEP_S * rate)
    n = n_chunks(len(mono), rate)
    padded = np.zeros((n - 1) * step + length, np.float32)
    padded[: len(mono)] = mono[: len(padded)]
    pictures = [mel_spectrogram_db(padded[k * step : k * step + length], MEL128_V1) for k in range(n)]
    decibels = np.stack(pictures) / MEL128_V1.top_db + 1.0
    return np.round(decibels * 255.0).astype(np.uint8)


def square_of(chunk: np.ndarray, shape_length: int = 128) -> np.ndarray:
    """Return what the network sees of a chunk's spectrogram ``(128, n_frames)``: float ``(shape_length, shape_length)``."""
    cutter = ChunkCutter(shape_length, chunk=chunk.shape[1])
    square: np.ndarray = cutter.cut(torch.from_numpy(chunk)[None], torch.tensor([0]))[0].numpy()
    return square


def has_audio(dataset: Dataset) -> bool:
    """Whether nine in ten tracks have a file: a few examples beside a mel archive are not the dataset's audio."""
    return 10 * sum(track.path is not None for track in dataset.tracks) >= 9 * len(dataset.tracks)


def example_clip(dataset: Dataset, ids: Sequence[str]) -> Path | None:
    """Return the audio file of the first of ``ids`` that has one, to be drawn; None without any."""
    for _, path in dataset.audio.each([t for t in dataset.select(tuple(ids)) if t.path is not None][:1]):
        return path
    return None
