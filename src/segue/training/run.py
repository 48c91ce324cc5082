"""One training run from settings and data to a model file with its passport."""

from __future__ import annotations

import datetime
import subprocess
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from segue.datasets.gtzan import SPLIT_NAME, Gtzan, read_gtzan, sha256_of_ids
from segue.errors import TrainingError
from segue.features.front_end import MEL128_V1
from segue.training.config import TrainConfig
from segue.training.export import ExportedNet, run_onnx, write_json, write_onnx
from segue.training.loop import Epoch, Lesson, fit
from segue.training.network import SegueNet, n_parameters
from segue.training.outliers import TRAINING_VOICES, generators, outlier_windows
from segue.training.progress import progress_bar
from segue.training.score import Scores, clip_probabilities, fit_temperature, score
from segue.training.teacher import out_of_fold_guesses, principal_components


@dataclass(frozen=True, slots=True)
class TrainResult:
    """Where the model lies and how good it is; ``test`` is None unless it was asked for."""

    model: Path
    passport: Path
    validation: Scores
    test: Scores | None


def train(
    config: TrainConfig,
    data_dir: Path,
    out_dir: Path,
    *,
    progress: Callable[[Epoch], None] | None = None,
    score_test: bool = False,
) -> TrainResult:
    """Train on the training part of GTZAN in ``data_dir`` and return the exported model with its scores.

    ``out_dir`` becomes the run's folder: ``config.json``, ``metrics.jsonl``, ``last.safetensors``
    (what is exported), ``best.safetensors``, ``<name>.onnx`` and ``<name>.json``, the passport.
    Temperature and ``best`` come from the validation part. The test part is read only with
    ``score_test``, meant for a configuration that is final. ``progress`` is called after each epoch
    with where training stands; the default draws a bar on stderr.

    Raises DatasetError when the data is not what it should be and TrainingError when training
    cannot start (a folder with another run in it, espeak-ng missing) or go on.
    """
    return train_on(read_gtzan(data_dir), config, out_dir, progress=progress, score_test=score_test)


def train_on(
    gtzan: Gtzan,
    config: TrainConfig,
    out_dir: Path,
    *,
    progress: Callable[[Epoch], None] | None = None,
    score_test: bool = False,
) -> TrainResult:
    """Do what `train` does with a dataset that is already open."""
    out_dir.mkdir(parents=True, exist_ok=True)
    if (out_dir / "config.json").exists():
        raise TrainingError(f"{out_dir} already holds a training run; give another folder.")
    write_json(out_dir / "config.json", config.to_dict())
    lesson = prepare(gtzan, config)
    torch.manual_seed(config.seed)
    network = SegueNet(
        config.network,
        MEL128_V1.n_mels,
        1.0 / MEL128_V1.pick_s,
        n_classes=len(gtzan.classes),
        n_teacher=lesson.teacher.shape[1],
    )
    with progress_bar(config.epochs) if progress is None else nullcontext(progress) as report:
        fitted = fit(network, lesson, config, out_dir, report)
    return ship(fitted, config, gtzan, out_dir, score_test=score_test)


def prepare(gtzan: Gtzan, config: TrainConfig) -> Lesson:
    """Return all that training will look at; of the test part, nothing."""
    train_part, valid_part = gtzan.part("train"), gtzan.part("valid")
    rng = np.random.default_rng(config.seed)
    embeddings = gtzan.teacher_embeddings(train_part)
    n_classes = len(gtzan.classes)
    labels = np.eye(n_classes, dtype=np.float32)[train_part.labels]
    smooth = (1.0 - config.label_smoothing) * labels + config.label_smoothing / n_classes
    guesses = out_of_fold_guesses(embeddings, train_part.labels, train_part.groups, n_classes, rng)
    kinds = list(generators(TRAINING_VOICES).values())
    return Lesson(
        mel=train_part.mel,
        targets=(1.0 - config.soft_weight) * smooth + config.soft_weight * guesses,
        teacher=principal_components(embeddings, config.teacher_dims),
        outliers=outlier_windows(kinds, config.outliers.n_windows, MEL128_V1, rng),
        valid_mel=valid_part.mel,
        valid_labels=valid_part.labels,
    )


def ship(
    network: SegueNet, config: TrainConfig, gtzan: Gtzan, out_dir: Path, *, score_test: bool
) -> TrainResult:
    """Export ``network``, score it and write its passport beside it; see `train` for what is returned and raised."""
    train_part, valid_part = gtzan.part("train"), gtzan.part("valid")
    exported = ExportedNet(network.eval())
    embeddings = exported.fit_projection(
        torch.from_numpy(train_part.mel).float() / 255.0, config.embedding_dims
    )
    model = out_dir / f"{config.name}.onnx"
    sha256 = write_onnx(exported, model, MEL128_V1.n_mels)

    valid_logits = run_onnx(model, valid_part.mel)
    temperature = fit_temperature(valid_logits, valid_part.labels)
    validation = score(clip_probabilities(valid_logits, temperature), valid_part, gtzan.classes)
    scores: dict[str, Any] = {"validation": validation.to_dict()}
    test = None
    if score_test:
        test, apart = score_on_test(model, temperature, gtzan)
        scores |= {"test": test.to_dict(), "test_without_shared_artists": apart.to_dict()}

    passport = model.with_suffix(".json")
    write_json(
        passport,
        {
            "name": config.name,
            "version": 1,
            "sha256": sha256,
            "front_end": MEL128_V1.to_dict(),
            "classes": list(gtzan.classes),
            "embedding": {
                "dim": embeddings.shape[1],
                "mean": np.round(embeddings.mean(axis=0).astype(float), 6).tolist(),
                "std": np.round(embeddings.std(axis=0).astype(float), 6).tolist(),
            },
            "temperature": temperature,
            "n_parameters": n_parameters(network),
            "trained_on": {
                "dataset": "GTZAN",
                "split": SPLIT_NAME,
                "part": "train",
                "n": len(train_part.ids),
                "ids_sha256": sha256_of_ids(train_part.ids),
                "archive_sha256": gtzan.archive_sha256,
                "teacher": "OpenL3 (music, mel256, 512) embeddings of the same clips",
                "outliers": "synthetic noise, tones and espeak-ng speech",
            },
            "config": config.to_dict(),
            "seed": config.seed,
            "git_revision": _git_revision(),
            "scores": scores,
            "licence": "MIT",
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        },
    )
    return TrainResult(model, passport, validation, test)


def score_on_test(model: Path, temperature: float, gtzan: Gtzan) -> tuple[Scores, Scores]:
    """Return the scores on the test part: all of it, and without artists who also have clips in other parts."""
    part = gtzan.part("test")
    probabilities = clip_probabilities(run_onnx(model, part.mel), temperature)
    shared = gtzan.with_artists_elsewhere("test")
    apart = np.array([row for row, track_id in enumerate(part.ids) if track_id not in shared])
    return score(probabilities, part, gtzan.classes), score(probabilities, part, gtzan.classes, apart)


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
