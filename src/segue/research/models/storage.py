"""A fitted model as a folder: ``model.json`` says what it is, ``arrays.npz`` holds it all. Nothing is pickled."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import numpy as np

from segue.errors import ModelError
from segue.recommend.models import als, content, hybrid, scorers
from segue.recommend.models.registry import Fitted
from segue.research.models import artists, content_to_ease, ensemble, hybrids, ials, multvae

FORMAT = 1
SCORERS = {
    scorer.__name__: scorer
    for scorer in (
        scorers.Chance,
        scorers.SameForAll,
        scorers.ItemWeights,
        scorers.SparseItemWeights,
        scorers.TwoFactors,
        artists.WithinArtist,
        als.SolvedUsers,
        content_to_ease.WeightsIntoSome,
        hybrid.Blend,
        hybrids.RankFusion,
        hybrid.TwoViews,
        content.Cosines,
        ials.ScaledUsers,
        multvae.Autoencoder,
        ensemble.ThreeViews,
    )
}


def save(model: Fitted, folder: Path) -> None:
    """Writes ``folder``, arrays first: without a model.json it is not a model. Raises ModelError when it cannot."""
    document = {
        "format": FORMAT,
        "model": model.name,
        "scores": model.scores,
        "scorer": type(model.scorer).__name__,
        "settings": model.settings(),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "model.json").unlink(missing_ok=True)
        with (folder / "arrays.npz.new").open("wb") as file:
            np.savez(file, **model.arrays())
        os.replace(folder / "arrays.npz.new", folder / "arrays.npz")
        text = json.dumps(document, indent=2) + "\n"
        (folder / "model.json.new").write_text(text, encoding="utf-8")
        os.replace(folder / "model.json.new", folder / "model.json")
    except OSError as error:
        raise ModelError(
            f"{folder}: the model cannot be written there: {error.strerror}.", code="model-not-written"
        ) from error


def load(folder: Path) -> Fitted:
    """The model saved in ``folder``, equal to the bit. Raises ModelError where there is none that this version reads."""
    try:
        document = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        with np.load(folder / "arrays.npz", allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        if document["format"] != FORMAT:
            raise ModelError(
                f"{folder}: this model was written by another version of segue; fit it again.",
                code="model-of-other-version",
            )
        scorer = SCORERS[document["scorer"]].from_arrays(
            {
                name.removeprefix("scorer."): array
                for name, array in arrays.items()
                if name.startswith("scorer.")
            }
        )
        scorable, settings = arrays["scorable"], dict(document["settings"])
        return Fitted(document["model"], document["scores"], scorable, scorer, settings)
    except FileNotFoundError as error:
        raise ModelError(f"{folder}: no model is saved there.", code="model-missing") from error
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise ModelError(
            f"{folder}: the model saved there is damaged; fit it again.", code="model-damaged"
        ) from error
