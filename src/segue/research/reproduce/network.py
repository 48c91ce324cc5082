"""The report's network and its training: 5 s chunks as square images, one label each, plain cross-entropy.

The student report from which segue grew gave the front end, the overlap of the chunks and the number of
parameters, 14,193,162. Filters (16 to 512 in five blocks) and the width of the dense layer (1,200) are
inferred from that number; dropout rates are ours, and torch stands in for TensorFlow.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from segue.metrics.calibration import mean_negative_log_likelihood
from segue.research.training.config import PaperConfig, TrainConfig
from segue.signal.front_end import MEL128_V1

CHUNK_S = 5.0
STEP_S = 3.0  # chunks of 5 s overlap by 2 s


def n_chunks(n_samples: int, sample_rate_hz: int) -> int:
    """Return how many chunks a clip gives: ceil((N - 5 sr) / 3 sr) + 1, the last one padded with silence; at least one."""
    chunk, step = int(CHUNK_S * sample_rate_hz), int(STEP_S * sample_rate_hz)
    return max(0, math.ceil((n_samples - chunk) / step)) + 1


class ChunkCutter(nn.Module):
    """Cuts chunks out of a thinned mel spectrogram and resizes them to squares, by linear interpolation over time.

    Bands are kept as they are where there are as many as the square is high, else resized the same way.
    Columns of a chunk lie at the centres of equal parts of its 5 s (as in image resizing with
    half-pixel centres); beyond the clip's end stands silence, 0.
    """

    def __init__(self, shape_length: int, chunk: float | None = None) -> None:
        """``chunk``: frames of a chunk, where every spectrogram is one; None: clips of the mel archive, to be cut."""
        super().__init__()
        self.chunk = CHUNK_S / MEL128_V1.pick_s if chunk is None else chunk
        self.step = STEP_S / MEL128_V1.pick_s if chunk is None else chunk
        self.shape_length = shape_length
        columns = (torch.arange(shape_length) + 0.5) * (self.chunk / shape_length) - 0.5
        self.register_buffer("columns", columns, persistent=False)

    def count(self, n_frames: int) -> int:
        """How many chunks a clip of ``n_frames`` gives; the thinned frames are too coarse to tell a whole one."""
        return max(0, math.ceil((n_frames - self.chunk - 0.5) / self.step)) + 1

    def cut(self, mel: Tensor, numbers: Tensor) -> Tensor:
        """Return chunk ``numbers[i]`` of clip ``mel[i]`` ``(n, n_mels, n_frames)``: ``(n, side, side)``."""
        left, right, share, inside = self._places(numbers, mel.shape[2])
        bands = (-1, mel.shape[1], -1)
        before = torch.gather(mel, 2, left[:, None, :].expand(bands))
        after = torch.gather(mel, 2, right[:, None, :].expand(bands))
        return self._square((before + (after - before) * share[:, None, :]) * inside[:, None, :])

    def forward(self, mel: Tensor) -> Tensor:
        """Return all chunks of each clip ``(batch, n_mels, n_frames)``: ``(batch, n_chunks, side, side)``.

        What `count` and `cut` say, in operations that ONNX knows for any length.
        """
        n_frames = torch._shape_as_tensor(mel)[2]
        beyond = torch.ceil((n_frames.float() - self.chunk - 0.5) / self.step)
        numbers = torch.arange(0, beyond.clamp(min=0.0).long() + 1)
        left, right, share, inside = self._places(numbers, n_frames)
        shape = (mel.shape[0], mel.shape[1], -1, self.shape_length)
        before = mel.index_select(2, left.flatten()).reshape(shape)
        after = mel.index_select(2, right.flatten()).reshape(shape)
        chunks = ((before + (after - before) * share) * inside).transpose(1, 2)
        square = self._square(chunks.flatten(0, 1))
        return square.reshape(mel.shape[0], -1, self.shape_length, self.shape_length)

    def _places(self, numbers: Tensor, n_frames: int | Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Frames left and right of each column, the share of the right one, and 1 or 0 for inside the clip or beyond."""
        at = self.columns[None, :] + numbers[:, None] * self.step
        low = at.floor()
        left = torch.clamp(low, min=0.0).long()
        last = torch.as_tensor(n_frames - 1)
        inside = (at <= n_frames - 0.5).to(at.dtype)
        return torch.minimum(left, last), torch.minimum(left + (low >= 0), last), at - low, inside

    def _square(self, pictures: Tensor) -> Tensor:
        """``(n, n_mels, side)`` resized to ``(n, side, side)`` where bands and side differ."""
        if pictures.shape[1] == self.shape_length:
            return pictures
        square = (self.shape_length, self.shape_length)
        return functional.interpolate(pictures[:, None], square, mode="bilinear", align_corners=False)[:, 0]


class PaperNet(nn.Module):
    """Five blocks of two 3 x 3 'same' convolutions and a max pooling, a dense layer, ten logits.

    ``pictures`` ``(n, side, side)`` in [0, 1] go in; `forward` returns logits and the dense layer's output.
    """

    def __init__(self, config: PaperConfig, n_classes: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = 1
        for filters, dropout in zip(config.filters, config.dropouts, strict=True):
            layers += [nn.Conv2d(before, filters, 3, padding="same"), nn.ReLU(inplace=True)]
            layers += [nn.Conv2d(filters, filters, 3, padding="same"), nn.ReLU(inplace=True)]
            layers += [nn.MaxPool2d(2)] + ([nn.Dropout(dropout)] if dropout else [])
            before = filters
        side = config.shape_length // 2 ** len(config.filters)
        self.blocks = nn.Sequential(*layers)
        self.dense = nn.Linear(before * side * side, config.dense)
        self.drop = nn.Dropout(config.dense_dropout)
        self.genres = nn.Linear(config.dense, n_classes)
        self.register_buffer("mean", torch.zeros(()))
        self.register_buffer("std", torch.ones(()))
        for module in self.modules():  # Keras' defaults: Glorot and Bengio (2010), uniform, and no bias
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)
        self.to(memory_format=torch.channels_last)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        image = ((pictures - self.mean) / self.std)[:, None].contiguous(memory_format=torch.channels_last)
        dense = self.dense(self.blocks(image).flatten(1)).relu()
        return self.genres(self.drop(dense)), dense


@dataclass(frozen=True, slots=True)
class Chunks:
    """Chunks to train on or to evaluate on: chunk i is cut from ``mel[sources[i]]`` as number ``numbers[i]``."""

    mel: np.ndarray  # uint8 (n, n_mels, n_frames): clips, or chunks cut beforehand
    labels: np.ndarray  # int64 (n_clips,)
    rows: np.ndarray  # int64 (n_chunks,), the clip of each chunk
    sources: np.ndarray  # int64 (n_chunks,)
    numbers: np.ndarray  # int64 (n_chunks,)


def all_chunks(mel: np.ndarray, labels: np.ndarray, cutter: ChunkCutter) -> Chunks:
    """Return every chunk of every clip of ``mel`` uint8 ``(n, n_mels, n_frames)``, clip by clip."""
    n = cutter.count(mel.shape[2])
    rows = np.repeat(np.arange(len(mel)), n)
    return Chunks(mel, labels, rows, rows, np.tile(np.arange(n), len(mel)))


class PaperTask:
    """Trains a `PaperNet`; see `segue.research.training.loop.TrainingTask`. Adam (Kingma and Ba 2015), one-hot labels, no tricks."""

    def __init__(
        self,
        network: PaperNet,
        train: Chunks,
        valid: Chunks,
        cutter: ChunkCutter,
        config: TrainConfig,
        device: torch.device,
    ) -> None:
        self._config, self._train, self._valid, self._device = config, train, valid, device
        self._cutter = cutter
        self._rng = torch.Generator().manual_seed(config.seed)
        self.generators = {"torch": self._rng}
        self._targets = functional.one_hot(
            torch.from_numpy(train.labels), network.genres.out_features
        ).float()
        # Black and white of the pictures as the network wants them: centred, of spread one.
        mean, std = _brightness(train.mel, np.unique(train.sources))
        network.mean.fill_(mean)
        network.std.fill_(std)
        self.network = self.answer = network.to(device)
        self.optimiser = torch.optim.Adam(network.parameters(), lr=config.learning_rate, fused=True)
        self.schedule = None

    def batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Pictures and one-hot labels, in random order; the last batch may be small."""
        order = torch.randperm(len(self._train.rows), generator=self._rng)
        for batch in order.split(self._config.batch_size):
            targets = self._targets[torch.from_numpy(self._train.rows)[batch]]
            yield _pictures(self._train, batch, self._cutter).to(self._device), targets.to(self._device)

    def losses(self, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        """Categorical cross-entropy, and the share of the batch named right while it was learned from."""
        pictures, target = batch
        logits = _look(self.network, pictures)
        right = (logits.detach().argmax(dim=1) == target.argmax(dim=1)).float().mean()
        return {"loss": functional.cross_entropy(logits, target), "accuracy": right}

    def after_step(self, step: int) -> None:
        """Nothing: the trained network itself is evaluated."""

    def validate(self) -> dict[str, float]:
        """Accuracy and loss by chunk on the validation chunks; empty where there are none."""
        if not len(self._valid.rows):
            return {}
        logits = judge(self.answer, self._valid, self._cutter, self._device)
        labels = self._valid.labels[self._valid.rows]
        probabilities = torch.from_numpy(logits).softmax(dim=1).numpy()
        return {
            "accuracy": float((logits.argmax(axis=1) == labels).mean()),
            "nll": mean_negative_log_likelihood(probabilities, labels),
        }


def judge(network: PaperNet, chunks: Chunks, cutter: ChunkCutter, device: torch.device) -> np.ndarray:
    """Return float32 logits ``(n_chunks, n_classes)`` of every chunk."""
    network.eval()
    with torch.no_grad():
        parts = [
            _look(network, _pictures(chunks, batch, cutter).to(device)).cpu()
            for batch in torch.arange(len(chunks.rows)).split(128)
        ]
    return torch.cat(parts).numpy()


def _pictures(chunks: Chunks, batch: Tensor, cutter: ChunkCutter) -> Tensor:
    mel = torch.from_numpy(chunks.mel)[torch.from_numpy(chunks.sources)[batch]]
    return cutter.cut(mel.float() / 255.0, torch.from_numpy(chunks.numbers)[batch])


def _brightness(mel: np.ndarray, rows: np.ndarray) -> tuple[float, float]:
    """Mean and spread of all values of these rows, by counting: nothing of their size is made."""
    counts = sum((np.bincount(mel[row].ravel(), minlength=256) for row in rows), np.zeros(256, np.int64))
    value = np.arange(256) / 255.0
    mean = float(counts @ value / counts.sum())
    return mean, float(np.sqrt(counts @ (value - mean) ** 2 / counts.sum())) + 1e-6


def _look(network: PaperNet, pictures: Tensor) -> Tensor:
    """Logits, float32. bfloat16 is twice as fast here and costs nothing that one seed could show."""
    with torch.autocast(pictures.device.type, torch.bfloat16):
        logits, _ = network(pictures)
    return logits.float()


class PaperExport(nn.Module):
    """The network as a model file: mel in, logits of each chunk and one embedding out, from the dense layer."""

    def __init__(self, network: PaperNet, shape_length: int) -> None:
        super().__init__()
        self.cutter = ChunkCutter(shape_length)
        self.network = network
        self.register_buffer("mean", torch.zeros(1))
        self.register_buffer("projection", torch.ones(1, 1))

    def fit_projection(self, mel: Tensor, n_dims: int) -> np.ndarray:
        """Fit the projection to training clips ``(n, n_mels, n_frames)``; return their embeddings, float32."""
        with torch.no_grad():
            raw = torch.cat([self._judge(part)[1] for part in mel.split(16)])
            self.mean = raw.mean(dim=0)
            _, _, directions = torch.linalg.svd(raw - self.mean, full_matrices=False)
            self.projection = directions[:n_dims].T.contiguous()
            return ((raw - self.mean) @ self.projection).numpy()

    def forward(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        logits, raw = self._judge(mel)
        return logits, (raw - self.mean) @ self.projection

    def _judge(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        chunks = self.cutter(mel)
        logits, dense = self.network(chunks.flatten(0, 1))
        batch = mel.shape[0]
        # Widths as plain numbers: the model file then says them, and they are held against the passport.
        n_classes, n_dense = self.network.genres.out_features, self.network.dense.out_features
        return logits.reshape(batch, -1, n_classes), dense.reshape(batch, -1, n_dense).mean(1)


def picture_rows(ids: Sequence[str], wanted: Sequence[tuple[str, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Return int64 rows and chunk numbers of ``wanted`` ``(track id, chunk number)`` among clips ``ids``."""
    row_of = {track_id: row for row, track_id in enumerate(ids)}
    rows = np.array([row_of[track_id] for track_id, _ in wanted], dtype=np.int64)
    return rows, np.array([number for _, number in wanted], dtype=np.int64)
