"""The networks that can be trained, by name: what each makes of the material, and how each is exported.

A new architecture is a network, a task (`segue.research.training.loop.TrainingTask`), a line in each of the two functions here
and a TOML.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn

from segue.errors import TrainingError
from segue.research.datasets.protocols import ChunkSplit
from segue.research.reproduce.network import (
    ChunkCutter,
    Chunks,
    PaperExport,
    PaperNet,
    PaperTask,
    all_chunks,
    picture_rows,
)
from segue.research.training.config import TrainConfig
from segue.research.training.export import ExportedNet
from segue.research.training.loop import TrainingTask
from segue.research.training.material import Material, Part
from segue.research.training.network import SegueNet
from segue.research.training.outliers import TRAINING_VOICES, generators, outlier_windows
from segue.research.training.progress import counting_bar
from segue.research.training.segue_s import SegueTask, TrainingData
from segue.research.training.teacher import out_of_fold_guesses, principal_components
from segue.signal.front_end import MEL128_V1
from segue.types import Failure


@dataclass(frozen=True, slots=True)
class Trained:
    """A network and the parts it saw; ``notes`` are what its passport says of how it was taught."""

    network: nn.Module
    train: Part
    valid: Part
    failures: tuple[Failure, ...] = ()
    notes: dict[str, Any] = field(default_factory=dict)


def task_of(
    material: Material, config: TrainConfig, device: torch.device, *, shown: bool = False
) -> tuple[TrainingTask, Trained]:
    """Return what is to be taught and, with an untrained network, what the run will have seen.

    ``shown`` draws a bar on stderr while sounds of no genre are made, which can take minutes.
    """
    train, lost = material.part("train")
    valid, lost_too = material.part("valid")
    if config.architecture == "paper":
        task: TrainingTask = _paper(material, train, valid, config, device)
        notes: dict[str, Any] = {"teacher": None, "outliers": None}
    else:
        task, notes = _segue_s(material, train, valid, config, device, shown)
    return task, Trained(task.answer, train, valid, (*lost, *lost_too), notes)


def exported_of(network: nn.Module, config: TrainConfig) -> ExportedNet | PaperExport:
    """Return the module that is written to the model file, its embedding yet to be fitted to the training clips."""
    if isinstance(network, PaperNet):
        return PaperExport(network, config.paper.shape_length)
    assert isinstance(network, SegueNet)
    return ExportedNet(network)


def _paper(
    material: Material, train: Part, valid: Part, config: TrainConfig, device: torch.device
) -> PaperTask:
    cutter = ChunkCutter(config.paper.shape_length)
    learned = chunks_in(material, train, "train", cutter)
    # The report watched the chunks it held out, of clips it learned from; nothing is chosen by them here.
    chunked = isinstance(material.split, ChunkSplit)
    watched = chunks_in(material, material.part("test")[0] if chunked else valid, "test", cutter)
    network = PaperNet(config.paper, len(material.classes))
    return PaperTask(network, learned, watched, cutter, config, device)


def chunks_in(material: Material, part: Part, name: str, cutter: ChunkCutter) -> Chunks:
    """Return the chunks of ``part``: all of them, or those that a protocol of chunks puts into part ``name``."""
    if isinstance(material.split, ChunkSplit):
        wanted = material.split.train if name == "train" else material.split.test
        rows, numbers = picture_rows(part.ids, wanted)
        return Chunks(part.mel, part.labels, rows, rows, numbers)
    return all_chunks(part.mel, part.labels, cutter)


def _segue_s(
    material: Material, train: Part, valid: Part, config: TrainConfig, device: torch.device, shown: bool
) -> tuple[SegueTask, dict[str, Any]]:
    """Taught by labels, by a teacher where the dataset has one of every training clip, and by sounds of no genre."""
    if isinstance(material.split, ChunkSplit):
        raise TrainingError(
            f"segue-s learns from whole clips, and {material.split.protocol} divides chunks; choose another protocol.",
            code="wrong-protocol",
        )
    n_classes = len(material.classes)
    rng = np.random.default_rng(config.seed)
    embeddings = material.teacher_embeddings(train) if config.teacher_weight or config.soft_weight else None
    labels = np.eye(n_classes, dtype=np.float32)[train.labels]
    targets = (1.0 - config.label_smoothing) * labels + config.label_smoothing / n_classes
    teacher = np.zeros((len(train.ids), 1), dtype=np.float32)
    if embeddings is not None:
        # By the artist as the index writes it, not by part.groups: so the shipped model was taught, and from the
        # same seed it must come out again. ("Celine Dion" and a record she shares may be in two folds of the teacher.)
        tracks = material.dataset.select(train.ids)
        artists = [track.artist or f"unknown artist of {track.track_id}" for track in tracks]
        guesses = out_of_fold_guesses(embeddings, train.labels, artists, n_classes, rng)
        targets = (1.0 - config.soft_weight) * targets + config.soft_weight * guesses
        teacher = principal_components(embeddings, config.teacher_dims)
    kinds = generators(TRAINING_VOICES)
    if config.outliers.speech == "where-there" and shutil.which("espeak-ng") is None:
        kinds.pop("speech")
    network = SegueNet(
        config.network,
        MEL128_V1.n_mels,
        1.0 / MEL128_V1.pick_s,
        n_classes=n_classes,
        n_teacher=teacher.shape[1],
    )
    n_outliers = config.outliers.n_windows
    with counting_bar(n_outliers, "making sounds of no genre", shown) as step:
        outliers = outlier_windows(list(kinds.values()), n_outliers, MEL128_V1, rng, step)
    data = TrainingData(
        mel=train.mel,
        targets=targets,
        teacher=teacher,
        outliers=outliers,
        valid_mel=valid.mel,
        valid_labels=valid.labels,
    )
    told = "OpenL3 (music, mel256, 512) embeddings of the same clips" if embeddings is not None else None
    heard = "synthetic noise, tones" + (" and espeak-ng speech" if "speech" in kinds else "")
    notes = {"teacher": told, "outliers": heard if config.outliers.n_windows else None}
    return SegueTask(network, data, config, device), notes
