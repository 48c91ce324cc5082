"""One training run from settings and data to a model file with its passport."""

from __future__ import annotations

import datetime
import json
import subprocess
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from segue.errors import TrainingError
from segue.files import sha256_of
from segue.research.datasets.index import sha256_of_ids
from segue.research.datasets.names import name_keys
from segue.research.training.architectures import Trained, exported_of, task_of
from segue.research.training.config import TrainConfig
from segue.research.training.export import run_onnx, write_json, write_onnx
from segue.research.training.loop import Epoch, LoopSettings, fit
from segue.research.training.material import Material, Part
from segue.research.training.network import n_parameters
from segue.research.training.progress import progress_bar
from segue.research.training.records import metrics_lines, unreadable
from segue.research.training.score import Scores, clip_probabilities, fit_temperature, score
from segue.signal.front_end import MEL128_V1


@dataclass(frozen=True, slots=True)
class TrainResult:
    """Where the model lies and how good it is; a part that was not scored is None."""

    model: Path
    passport: Path
    validation: Scores | None
    test: Scores | None


def train_on(
    material: Material,
    config: TrainConfig,
    out_dir: Path,
    *,
    progress: Callable[[Epoch], None] | None = None,
    score_test: bool = False,
    shown: bool = True,
) -> TrainResult:
    """Train on the training part of ``material`` and return the exported model with its scores.

    ``out_dir`` becomes the run's folder: ``config.json``, ``split.json``, ``metrics.jsonl``,
    ``last.safetensors`` (what is exported), ``best.safetensors``, ``<name>.onnx`` and ``<name>.json``, the
    passport. A run that was killed there under the same settings goes on where it was. Temperature
    and ``best`` come from the validation part. The test part is read only with ``score_test``, meant for a
    configuration that is final. ``progress`` is called after each epoch with where training stands; the
    default draws a bar on stderr. Before the first epoch sounds of no genre are made; ``shown`` draws a bar for that too.

    Raises DatasetError when the data is not what it should be and TrainingError when training cannot start
    (another run in the folder, a device that is not there, espeak-ng missing) or go on.
    """
    trained = fit_on(material, config, out_dir, progress=progress, shown=shown)
    return ship(trained, material, config, out_dir, score_test=score_test)


def fit_on(
    material: Material,
    config: TrainConfig,
    out_dir: Path,
    *,
    progress: Callable[[Epoch], None] | None = None,
    shown: bool = True,
) -> Trained:
    """Train as `train_on` does, up to the weights; return the network with the parts it saw."""
    device = device_named(config.device)
    claim(out_dir, config, material)
    torch.manual_seed(config.seed)
    task, trained = task_of(material, config, device, shown=shown)
    settings = LoopSettings(config.epochs, config.validate_every, config.patience)
    done = len(metrics_lines(out_dir))
    with progress_bar(config.epochs, done) if progress is None else nullcontext(progress) as report:
        network = fit(task, settings, config.seed, out_dir, report)
    return replace(trained, network=network.to("cpu").eval())


def device_named(name: str) -> torch.device:
    """Return the device a setting names; "auto" is a GPU where there is one. Raises TrainingError for one that is not there."""
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        name = next(kind for kind, present in there.items() if present)
    if not there[name]:
        raise TrainingError(
            f"There is no device {name} here; set device to cpu or auto.", code="no-such-device"
        )
    return torch.device(name)


def ship(
    trained: Trained, material: Material, config: TrainConfig, out_dir: Path, *, score_test: bool
) -> TrainResult:
    """Export the network, score it and write its passport beside it; see `train_on` for what is returned and raised."""
    exported = exported_of(trained.network, config)
    embeddings = exported.fit_projection(
        torch.from_numpy(trained.train.mel).float() / 255.0, config.embedding_dims
    )
    model = out_dir / f"{config.name}.onnx"
    partial = out_dir / f"{config.name}.partial.onnx"
    sha256 = write_onnx(exported, partial, MEL128_V1.n_mels)

    scores: dict[str, Scores] = {}
    validation = test = None
    temperature = 1.0
    if len(trained.valid.labels):
        logits = run_onnx(partial, trained.valid.mel)
        temperature = fit_temperature(logits, trained.valid.labels)
        validation = score(clip_probabilities(logits, temperature), trained.valid, material.classes)
        scores["validation"] = validation
    if score_test:
        test, apart = score_on_test(partial, temperature, material)
        scores["test"] = test
        scores["test_without_shared_artists"] = apart

    passport, archive = model.with_suffix(".json"), material.dataset.archive
    write_json(
        passport,
        {
            "name": config.name,
            "version": 1,
            "sha256": sha256,
            "front_end": MEL128_V1.to_dict(),
            "classes": list(material.classes),
            "embedding": {
                "dim": embeddings.shape[1],
                "mean": np.round(embeddings.mean(axis=0).astype(float), 6).tolist(),
                "std": np.round(embeddings.std(axis=0).astype(float) + 1e-6, 6).tolist(),
            },
            "temperature": temperature,
            "n_parameters": n_parameters(trained.network),
            "trained_on": {
                "dataset": material.dataset.name,
                "split": material.split.protocol,
                "split_seed": material.split.seed,
                "part": "train",
                "n": len(trained.train.ids),
                "ids_sha256": sha256_of_ids(trained.train.ids),
                "archive_sha256": archive and sha256_of(archive),
                "unreadable": [failure.path for failure in trained.failures],
                **({"exclusions": material.exclusions.counts()} if material.exclusions else {}),
                **({"remarks": list(material.dataset.remarks)} if material.dataset.remarks else {}),
                **trained.notes,
            },
            "config": config.to_dict(),
            "seed": config.seed,
            "git_revision": _git_revision(),
            "scores": scores,
            "licence": "MIT",
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        },
    )
    partial.rename(model)  # last: a run with a model is a finished one
    return TrainResult(model, passport, validation, test)


def score_on_test(model: Path, temperature: float, material: Material) -> tuple[Scores, Scores]:
    """Return the scores on the test part: all of it, and without those whose artist, performer or album is in others."""
    part, _ = material.part("test")
    probabilities = clip_probabilities(run_onnx(model, part.mel), temperature)
    shared = _with_artists_elsewhere(material, part)
    apart = np.array([row for row, track_id in enumerate(part.ids) if track_id not in shared], dtype=int)
    return score(probabilities, part, material.classes), score(probabilities, part, material.classes, apart)


def _with_artists_elsewhere(material: Material, part: Part) -> frozenset[str]:
    """By the names that leaks are found by: "X; Y" is X's too, and performers and albums count as artists do."""
    artists_of = {track.track_id: name_keys(track) for track in material.dataset.tracks}
    others = {*material.ids_of("train"), *material.ids_of("valid")}
    elsewhere = frozenset().union(*(artists_of[track_id] for track_id in others))
    return frozenset(i for i in part.ids if artists_of[i] & elsewhere or i in others)


def claim(out_dir: Path, config: TrainConfig, material: Material) -> None:
    """Make ``out_dir`` this run's folder, or find that it is already and was not finished.

    Raises TrainingError where another run, or a finished one, is there, or its files are damaged.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    settings, split = out_dir / "config.json", out_dir / "split.json"
    if settings.exists() and split.exists():
        finished = (out_dir / f"{config.name}.onnx").exists()
        if finished or not _is_this_run(settings, split, config, material):
            raise TrainingError(
                f"{out_dir} already holds a training run; give another folder.", code="run-in-the-way"
            )
        return
    write_json(split, material.to_dict())
    write_json(settings, config.to_dict())


def _is_this_run(settings: Path, split: Path, config: TrainConfig, material: Material) -> bool:
    same = _read_json(settings) == json.loads(json.dumps(config.to_dict()))
    known = _read_json(split)
    now = json.loads(json.dumps(material.to_dict()))
    # The same parts are the same run, wherever the data or a list of exclusions lies now.
    moved = {"data": None, "exclusions": None}
    return same and known | moved == now | moved


def _read_json(path: Path) -> dict[str, object]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise unreadable(path) from error
    if not isinstance(record, dict):
        raise unreadable(path)
    return record


def _git_revision() -> str | None:
    """The commit of the code that trained, with "+changes" where this package differs from it; None outside git."""
    revision = _git("rev-parse", "HEAD")
    return revision and revision + ("+changes" if _git("status", "--porcelain", "--", ".") else "")


def _git(*words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *words], cwd=Path(__file__).parent, capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
