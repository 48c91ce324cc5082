"""From trained weights to the two files the product loads: an ONNX network and its passport."""

from __future__ import annotations

import hashlib
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from segue.errors import TrainingError
from segue.training.network import SegueNet, agreed

_OPSET = 17
_TOLERANCE = 1e-4


class ExportedNet(nn.Module):
    """The network as it is shipped: mel in, logits over time and one embedding out, teachers left behind.

    The embedding is what both views hold before they judge, averaged over time, standardised and
    projected onto the directions in which training clips differ most: timbre, rhythm and
    production as much as genre.
    """

    def __init__(self, network: SegueNet) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("mean", torch.zeros(1))
        self.register_buffer("projection", torch.ones(1, 1))

    def fit_projection(self, mel: Tensor, n_dims: int) -> np.ndarray:
        """Fit the projection to training clips ``(n, n_mels, n_frames)``; return their embeddings, float32.

        Each view weighs the same in the sum of variances, however many numbers it holds.
        """
        with torch.no_grad():
            blocks = [torch.cat(parts) for parts in zip(*map(self._blocks, mel.split(32)), strict=True)]
            scales = [(block.std(dim=0) + 1e-4) * block.shape[1] ** 0.5 for block in blocks]
            raw, scale = torch.cat(blocks, dim=1), torch.cat(scales)
            self.mean = raw.mean(dim=0)
            _, _, directions = torch.linalg.svd((raw - self.mean) / scale, full_matrices=False)
            self.projection = (directions[:n_dims] / scale).T.contiguous()
            return ((raw - self.mean) @ self.projection).numpy()

    def forward(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        logits = agreed(self.network(mel))
        return logits, (torch.cat(self._blocks(mel), dim=1) - self.mean) @ self.projection

    def _blocks(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        by_statistics, by_texture = self.network.by_statistics, self.network.by_texture
        return by_statistics.features(mel).mean(dim=2), by_texture(mel).hidden.mean(dim=2)


def write_onnx(exported: ExportedNet, path: Path, n_mels: int) -> str:
    """Write ``exported`` to ``path`` and return the file's SHA-256.

    Raises TrainingError when ONNX Runtime disagrees with torch by more than 1e-4 on any of several
    lengths and batch sizes: what was measured must be what is shipped.
    """
    exported.eval()
    example = torch.rand(1, n_mels, 387, generator=torch.Generator().manual_seed(0))
    with warnings.catch_warnings():
        # The exporter without onnxscript is deprecated but exact here, and needs one package less.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            exported,
            (example,),
            str(path),
            dynamo=False,
            opset_version=_OPSET,
            input_names=["mel"],
            output_names=["logits", "embedding"],
            dynamic_axes={
                "mel": {0: "batch", 2: "n_frames"},
                "logits": {0: "batch", 1: "n_steps"},
                "embedding": {0: "batch"},
            },
        )
    _require_parity(exported, path, n_mels)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def run_onnx(path: Path, mel: np.ndarray) -> list[np.ndarray]:
    """Return the logits ``(n_steps, n_classes)`` of each uint8 clip, computed one by one as the product does."""
    import onnxruntime as ort

    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return [session.run(["logits"], {"mel": clip[None].astype(np.float32) / 255.0})[0][0] for clip in mel]


def write_json(path: Path, record: dict[str, Any]) -> None:
    """Write ``record`` as JSON that reads well and differs only where the record does."""
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _require_parity(exported: ExportedNet, path: Path, n_mels: int) -> None:
    import onnxruntime as ort

    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    rng = torch.Generator().manual_seed(1)
    for batch, n_frames in ((1, 387), (2, 65), (1, 386), (3, 129), (1, 500)):
        mel = torch.rand(batch, n_mels, n_frames, generator=rng)
        with torch.no_grad():
            expected = [output.numpy() for output in exported(mel)]
        for name, want, got in zip(
            ("logits", "embedding"), expected, session.run(None, {"mel": mel.numpy()}), strict=True
        ):
            gap = float(np.abs(want - got).max()) if want.shape == got.shape else float("inf")
            if gap > _TOLERANCE:
                raise TrainingError(
                    f"The exported {name} differ from torch's by {gap:.1e} for {n_frames} frames; "
                    "export with other versions of torch or onnxruntime."
                )
