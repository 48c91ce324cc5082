"""Running a model: windows in, logits over time and an embedding out, by ONNX Runtime."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from segue.errors import ModelError
from segue.model.passport import Passport, read_passport, require_sha256
from segue.model.runtime import onnxruntime

SHIPPED = "segue-s-v2"

# Shorter inputs are repeated up to this many picks (5 s): the network has never heard less.
MIN_PICKS = 65
MAX_STEPS = 100_000  # of logits over time for one window


@dataclass(frozen=True, slots=True)
class NetworkOutput:
    """The network's output for one window: ``logits`` ``(n_steps, n_classes)``, ``embedding`` ``(dim,)``, raw.

    ``tags`` are probabilities ``(n_tags,)``, empty where the model has none; ``familiarity`` is minus the
    distance to the most similar clips it learned from, None where the model does not measure it.
    """

    logits: np.ndarray
    embedding: np.ndarray
    tags: np.ndarray
    familiarity: float | None


class Network:
    """A model ready to run on windows that came through its front end.

    One thread by default: parallel work runs whole tracks side by side, and more threads than
    cores slow all of them down.
    """

    def __init__(self, path: Path, n_threads: int = 1) -> None:
        """Load the ``.onnx`` file at ``path`` with its ``.json`` passport beside it.

        Raises ModelError when either is missing or damaged or they do not belong together.
        """
        if not path.is_file():
            raise ModelError(
                f"There is no model at {path}; give the path of an .onnx file made by segue train.",
                code="model-missing",
            )
        self.passport: Passport = read_passport(path.with_suffix(".json"))
        require_sha256(path, self.passport.sha256)
        self._path = path
        self._n_threads = n_threads

    @cached_property
    def _session(self) -> Any:
        ort = onnxruntime()
        options = ort.SessionOptions()
        options.intra_op_num_threads = self._n_threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            session = ort.InferenceSession(str(self._path), options, providers=["CPUExecutionProvider"])
        except _ort_errors() as error:
            reason = str(error).splitlines()[0]
            raise ModelError(
                f"ONNX Runtime cannot load {self._path} ({reason}); upgrade onnxruntime.",
                code="model-not-loadable",
            ) from error
        widths = {output.name: output.shape[-1] if output.shape else 0 for output in session.get_outputs()}
        if widths != self._widths():
            raise ModelError(
                f"The model {self._path} gives other outputs than its passport says; export it again.",
                code="model-outputs-differ",
            )
        return session

    def __call__(self, mel: np.ndarray) -> NetworkOutput:
        """Return the output for one window ``mel`` float32 ``(n_mels, n_picks)`` in [0, 1].

        A window shorter than 5 s is repeated until it is that long. Raises ModelError (code "model-output") when the
        network fails or gives other than finite numbers of the shape that the passport says.
        """
        if mel.shape[1] < MIN_PICKS:
            mel = np.tile(mel, (1, -(-MIN_PICKS // mel.shape[1])))[:, :MIN_PICKS]
        session, widths = self._session, self._widths()
        names = list(widths)
        try:
            values = session.run(names, {"mel": mel[None].astype(np.float32, copy=False)})
        except _ort_errors() as error:
            reason = str(error).splitlines()[0]
            raise ModelError(
                f"The model {self._path} failed ({reason:.200}); export it again.", code="model-output"
            ) from error
        found: dict[str, np.ndarray] = dict(zip(names, values, strict=True))
        logits = found["logits"]
        if (
            logits.ndim != 3
            or logits.shape[0] != 1
            or not 1 <= logits.shape[1] <= MAX_STEPS
            or logits.shape[2] != widths["logits"]
            or any(found[name].shape != (1, widths[name]) for name in names if name != "logits")
            or not all(np.isfinite(value).all() for value in values)
        ):
            raise ModelError(
                f"The model {self._path} gives numbers that are not finite or of another shape than its passport says; "
                "export it again.",
                code="model-output",
            )
        return NetworkOutput(
            logits=logits[0],
            embedding=found["embedding"][0],
            tags=found["tags"][0] if "tags" in found else np.zeros(0, np.float32),
            familiarity=float(found["familiarity"][0, 0]) if "familiarity" in found else None,
        )

    def _widths(self) -> dict[str, int]:
        """The outputs that the passport promises, and how wide each is."""
        widths = {"logits": len(self.passport.classes), "embedding": self.passport.dim}
        if self.passport.tags:
            widths["tags"] = len(self.passport.tags)
        if self.passport.doubt is not None:
            widths["familiarity"] = 1
        return widths

    def warm_up(self) -> None:
        """Load the model now rather than at the first window. Raises ModelError when that fails."""
        _ = self._session

    def unit_embedding(self, raw: np.ndarray) -> np.ndarray:
        """Return the mean of raw embeddings ``(n_windows, dim)``, standardised, float32 of unit length.

        Standardising by the training clips' mean and spread keeps a few large dimensions from
        deciding every cosine. The zero vector, which has no direction, comes back as zeros.
        """
        standard = (raw.mean(axis=0) - self.passport.embedding_mean) / self.passport.embedding_std
        length = float(np.linalg.norm(standard))
        return (standard / length if length > 0 else standard).astype(np.float32)


def _ort_errors() -> tuple[type[Exception], ...]:
    """What ONNX Runtime raises for a file it cannot use; its errors share no base of their own."""
    state = onnxruntime().capi.onnxruntime_pybind11_state

    names = (
        "EPFail",
        "Fail",
        "InvalidArgument",
        "InvalidGraph",
        "InvalidProtobuf",
        "NoModel",
        "NoSuchFile",
        "NotImplemented",
        "RuntimeException",
    )
    return tuple(getattr(state, name) for name in names if hasattr(state, name))


def shipped_model() -> Path:
    """Return where the model that the package uses lies."""
    return Path(str(files("segue.model") / "weights" / f"{SHIPPED}.onnx"))


def packaged_models() -> dict[str, Path]:
    """Return every model inside the package by name, oldest first; older ones open libraries made with them."""
    weights = shipped_model().parent
    return {path.stem: path for path in sorted(weights.glob("*.onnx"))}
