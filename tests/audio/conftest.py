"""Encodes synthetic audio into every format the tests of this room need."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.audio.audio_recipes import RECIPES, tones


@pytest.fixture(scope="session")
def ffmpeg() -> Callable[..., None]:
    """Runs ffmpeg with the arguments given, or skips where there is none."""
    program = shutil.which("ffmpeg")
    if program is None:
        pytest.skip("ffmpeg: not on PATH, and soundfile cannot write this format")

    def run(*arguments: str | Path) -> None:
        subprocess.run([program, "-v", "error", "-nostdin", "-y", *map(str, arguments)], check=True)

    return run


@pytest.fixture(scope="session")
def encode(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Callable[..., Path]:
    """Writes samples in the format of a recipe and says where; what was written before is reused."""
    folder = tmp_path_factory.mktemp("encoded")

    def write(recipe_name: str, samples: np.ndarray | None = None, name: str = "tones") -> Path:
        recipe = RECIPES[recipe_name]
        path = folder / f"{name}-{recipe_name}.{recipe.extension}"
        if path.exists():
            return path
        if samples is None:
            samples = tones(recipe.rate_hz, recipe.n_channels, recipe.duration_s)
        if recipe.subtype:
            format_name = {"opus": "OGG"}.get(recipe.extension, recipe.extension.upper())
            soundfile.write(path, samples, recipe.rate_hz, recipe.subtype, format=format_name)
            return path
        plain = path.with_suffix(".source.wav")
        soundfile.write(plain, samples, recipe.rate_hz, "PCM_16")
        request.getfixturevalue("ffmpeg")("-i", plain, *recipe.ffmpeg, path)
        return path

    return write
