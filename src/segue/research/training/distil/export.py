"""The trained parts as one ONNX network: logits over time, a whitened embedding, tags, and how familiar the music is."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from segue.errors import TrainingError
from segue.model.runtime import onnxruntime
from segue.research.datasets.hashes import sha256_of
from segue.research.training.distil.head import GenreHead
from segue.research.training.distil.network import DistilNet
from segue.research.training.distil.tag_space import NEIGHBOURS, TagSpace
from segue.research.training.distil.whiten import Whitening
from segue.research.training.export import _pad_poolings, _say_widths

_OPSET = 17
_TOLERANCE = 2e-4
_FEW = 512  # arrays smaller than this stay float32


class ShippedNet(nn.Module):
    """Mel ``(batch, n_mels, n_frames)`` to logits, embedding, tags and familiarity.

    ``familiarity`` ``(batch, 1)`` is minus the mean distance to the five nearest labelled clips by their tags.
    """

    def __init__(self, network: DistilNet, head: GenreHead, whitening: Whitening, familiar: TagSpace) -> None:
        super().__init__()
        self.network, self.head = network, head
        self.register_buffer("mean", torch.from_numpy(whitening.mean))
        self.register_buffer("axes", torch.from_numpy(whitening.axes))
        self.register_buffer("tag_mean", torch.from_numpy(familiar.mean))
        self.register_buffer("tag_std", torch.from_numpy(familiar.std))
        self.register_buffer("clips", torch.from_numpy(familiar.clips))

    def forward(self, mel: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        features = self.network.features(mel)
        views = self.network.views(mel, features)
        joint = self.network.joint(views).mean(dim=2)
        logits = self.head(views)
        described = torch.cat((views.mean(dim=2), joint), dim=1)
        embedding = (described - self.mean) @ self.axes
        said = self.network.heads["tags"](joint)
        place = (said - self.tag_mean) / self.tag_std
        squares = (
            (place**2).sum(dim=1, keepdim=True) + (self.clips**2).sum(dim=1) - 2.0 * place @ self.clips.T
        )
        nearest = torch.topk(-squares.clamp(min=1e-6).sqrt(), NEIGHBOURS, dim=1).values
        return logits, embedding, torch.sigmoid(said), nearest.mean(dim=1, keepdim=True)


def fuse_norms(module: nn.Module) -> None:
    """Fold every batch normalisation that follows a convolution in a sequence into it, as it is at inference."""
    for child in module.modules():
        if not isinstance(child, nn.Sequential):
            continue
        for i in range(len(child) - 1):
            conv, norm = child[i], child[i + 1]
            if isinstance(conv, nn.Conv1d | nn.Conv2d) and isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d):
                child[i], child[i + 1] = fuse_conv_bn_eval(conv, norm), nn.Identity()


def round_to_half(module: nn.Module) -> None:
    """Round the larger weights and buffers to what 16-bit floats can hold, so that the file may be half as large."""
    with torch.no_grad():
        for tensor in (*module.parameters(), *module.buffers()):
            if tensor.dtype == torch.float32 and tensor.numel() >= _FEW:
                tensor.copy_(tensor.half().float())


def write_onnx(shipped: ShippedNet, path: Path, n_mels: int) -> str:
    """Write ``shipped`` to ``path``, weights as 16-bit floats, and return the file's SHA-256.

    Raises TrainingError when ONNX Runtime disagrees with torch by more than 2e-4 on any of several lengths.
    """
    shipped.eval()
    fuse_norms(shipped)
    round_to_half(shipped)
    example = torch.rand(1, n_mels, 387, generator=torch.Generator().manual_seed(0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            shipped,
            (example,),
            str(path),
            dynamo=False,
            opset_version=_OPSET,
            input_names=["mel"],
            output_names=["logits", "embedding", "tags", "familiarity"],
            dynamic_axes={
                "mel": {0: "batch", 2: "n_frames"},
                "logits": {0: "batch", 1: "n_steps"},
                "embedding": {0: "batch"},
                "tags": {0: "batch"},
                "familiarity": {0: "batch"},
            },
        )
    _tidy(shipped, example, path)
    _require_parity(shipped, path, n_mels)
    return sha256_of(path)


def _tidy(shipped: ShippedNet, example: Tensor, path: Path) -> None:
    import onnx

    model = onnx.load(str(path))
    with torch.no_grad():
        _say_widths(model, [output.shape[-1] for output in shipped(example)])
    _pad_poolings(model)
    casts = []
    for array in model.graph.initializer:
        values = onnx.numpy_helper.to_array(array)
        if values.dtype != np.float32 or values.size < _FEW:
            continue
        half = values.astype(np.float16)
        if not np.array_equal(half.astype(np.float32), values):
            continue  # a constant of the exporter's own
        name = array.name
        array.CopyFrom(onnx.numpy_helper.from_array(half, f"{name}_half"))
        casts.append(onnx.helper.make_node("Cast", [f"{name}_half"], [name], to=onnx.TensorProto.FLOAT))
    for node in reversed(casts):
        model.graph.node.insert(0, node)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def _require_parity(shipped: ShippedNet, path: Path, n_mels: int) -> None:
    session = onnxruntime().InferenceSession(str(path), providers=["CPUExecutionProvider"])
    rng = torch.Generator().manual_seed(1)
    for batch, n_frames in ((1, 387), (2, 65), (1, 386), (3, 129), (1, 500)):
        mel = torch.rand(batch, n_mels, n_frames, generator=rng)
        with torch.no_grad():
            expected = [output.numpy() for output in shipped(mel)]
        for want, got in zip(expected, session.run(None, {"mel": mel.numpy()}), strict=True):
            gap = float(np.abs(want - got).max()) if want.shape == got.shape else float("inf")
            if gap > _TOLERANCE * max(1.0, float(np.abs(want).max())):
                raise TrainingError(
                    f"The exported network differs from torch's by {gap:.1e} for {n_frames} frames; "
                    "export with other versions of torch or onnxruntime."
                )
