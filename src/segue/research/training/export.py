"""From trained weights to the two files the product loads: an ONNX network and its passport."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from segue.encode import document as without_nan
from segue.errors import TrainingError
from segue.files import sha256_of
from segue.model.runtime import onnxruntime
from segue.research.training.loop import write_text
from segue.research.training.network import SegueNet, agreed

if TYPE_CHECKING:
    import onnx

_OPSET = 17
_TOLERANCE = 1e-4

# Weight of raw measures against the hidden layer in an embedding. Of 0, 0.5 and 1 with 64, 96, 128 and 192
# dimensions, 0.5 with 96 balanced best finding a training clip's artist and a soundtrack's other pieces.
_MEASURED_WEIGHT = 0.5


class ExportedNet(nn.Module):
    """The network as it is shipped: mel in, logits over time and one embedding out, teachers left behind.

    The embedding is what the statistics view measures and what its hidden layer makes of that,
    averaged over time and projected onto the directions in which training clips differ most:
    timbre, rhythm and production beside genre. The texture view is left out: with it, pieces of one
    soundtrack were found less often.
    """

    def __init__(self, network: SegueNet) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("mean", torch.zeros(1))
        self.register_buffer("projection", torch.ones(1, 1))

    def fit_projection(self, mel: Tensor, n_dims: int) -> np.ndarray:
        """Fit the projection to training clips ``(n, n_mels, n_frames)``; return their embeddings, float32."""
        with torch.no_grad():
            parts = [self._described(part) for part in mel.split(32)]
            measured, hidden = (torch.cat(block) for block in zip(*parts, strict=True))
            scale = torch.cat((_scale(measured) / _MEASURED_WEIGHT, _scale(hidden)))
            raw = torch.cat((measured, hidden), dim=1)
            self.mean = raw.mean(dim=0)
            _, _, directions = torch.linalg.svd((raw - self.mean) / scale, full_matrices=False)
            self.projection = (directions[:n_dims] / scale).T.contiguous()
            return ((raw - self.mean) @ self.projection).numpy()

    def forward(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        features = self.network.by_statistics.features(mel)
        by_statistics = self.network.by_statistics.judge(features)
        logits = agreed((by_statistics, self.network.by_texture(mel)))
        description = torch.cat((features.mean(dim=2), by_statistics.hidden.mean(dim=2)), dim=1)
        return logits, (description - self.mean) @ self.projection

    def _described(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        features = self.network.by_statistics.features(mel)
        return features.mean(dim=2), self.network.by_statistics.judge(features).hidden.mean(dim=2)


def _scale(block: Tensor) -> Tensor:
    """What to divide a block's columns by so that the block's variances sum to one."""
    return (block.std(dim=0) + 1e-4) * block.shape[1] ** 0.5


def write_onnx(exported: nn.Module, path: Path, n_mels: int) -> str:
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
    _tidy(exported, example, path)
    _require_parity(exported, path, n_mels)
    return sha256_of(path)


def run_onnx(path: Path, mel: np.ndarray) -> list[np.ndarray]:
    """Return the logits ``(n_steps, n_classes)`` of each uint8 clip, computed one by one as the product does."""
    session = onnxruntime().InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return [session.run(["logits"], {"mel": clip[None].astype(np.float32) / 255.0})[0][0] for clip in mel]


def write_json(path: Path, record: Mapping[str, object]) -> None:
    """Write ``record`` as JSON that reads well and differs only where the record does; NaN is null."""
    write_text(path, json.dumps(without_nan(record), indent=2, ensure_ascii=False) + "\n")


def _tidy(exported: nn.Module, example: Tensor, path: Path) -> None:
    """Put right in the file at ``path`` what torch's exporter leaves open or slow."""
    import onnx

    model = onnx.load(str(path))
    with torch.no_grad():
        widths = [output.shape[-1] for output in exported(example)]
    _say_widths(model, widths)
    _pad_poolings(model)
    onnx.save(model, str(path))


def _say_widths(model: onnx.ModelProto, widths: list[int]) -> None:
    """Write how wide the outputs are where the exporter could not tell: loading holds it against the passport."""
    for output, width in zip(model.graph.output, widths, strict=True):
        output.type.tensor_type.shape.dim[-1].dim_value = width


def _pad_poolings(model: onnx.ModelProto) -> None:
    """Write mean poolings that round up as ones padded at the end whose padding does not count.

    The means are the same, and ONNX Runtime has its fast layout for them.
    """
    for node in model.graph.node:
        attributes = {attribute.name: attribute for attribute in node.attribute}
        if node.op_type != "AveragePool" or not attributes["ceil_mode"].i:
            continue
        kernel, pads = attributes["kernel_shape"].ints, attributes["pads"].ints
        if list(kernel) != list(attributes["strides"].ints) or any(pads):
            continue
        pads[:] = [0] * len(kernel) + [size - 1 for size in kernel]
        attributes["ceil_mode"].i = attributes["count_include_pad"].i = 0


def _require_parity(exported: nn.Module, path: Path, n_mels: int) -> None:
    session = onnxruntime().InferenceSession(str(path), providers=["CPUExecutionProvider"])
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
                    "export with other versions of torch or onnxruntime.",
                    code="export-differs",
                )
