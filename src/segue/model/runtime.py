"""ONNX Runtime, imported late and made to keep to itself."""

from __future__ import annotations

import os
from types import ModuleType


def onnxruntime() -> ModuleType:
    """Return the module onnxruntime, which sends no telemetry and writes no files of its own.

    Since 1.2x its wheels report to their makers and leave a device's number in the user's cache, from the moment
    they are imported. Whoever sets ORT_DISABLE_TELEMETRY themselves is not overruled.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime as ort

    return ort
