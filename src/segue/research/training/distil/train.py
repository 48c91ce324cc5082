"""From prepared music to the two files the package ships: pre-training, head, embedding, doubt, export, passport."""

from __future__ import annotations

import copy
import datetime
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from segue.facets.doubt import doubt, with_doubt
from segue.model.passport import DoubtScale
from segue.research.training.distil.describe import (
    EmbeddingConfig,
    described,
    fit_embedding,
)
from segue.research.training.distil.doubt import Clips, Round, doubt_scale, left_out
from segue.research.training.distil.export import ShippedNet, write_onnx
from segue.research.training.distil.head import HeadConfig, head_logits, teach_head, views_of
from segue.research.training.distil.labelled import Labels, read_labels
from segue.research.training.distil.material import SEGMENT_FRAMES, read_gtzan, read_music, segments
from segue.research.training.distil.network import DistilNet, DistilNetConfig
from segue.research.training.distil.pretrain import PretrainConfig, pretrain
from segue.research.training.distil.tag_space import tag_logits_of, tag_space
from segue.research.training.distil.targets import named_or_even, softened, tag_logits
from segue.research.training.export import write_json
from segue.research.training.outliers import TRAINING_VOICES, generators, outlier_windows
from segue.research.training.score import clip_probabilities, score
from segue.signal.front_end import MEL128_V1, MEL128_V2

CONTEXT = 97  # frames that statistics look at, 7.5 s
HELD_OUT = ("pushover-data", "singularity-music", "starfighter-data", "trackballs-data")
_VIEW_COPIES, _OTHER_COPIES, _OTHERS, _SOUNDS = 10, 2, 500, 200


@dataclass(frozen=True, slots=True)
class DistilConfig:
    """All settings of a run; the defaults are those of segue-s-v2."""

    name: str = "segue-s-v2"
    network: DistilNetConfig = field(default_factory=DistilNetConfig)
    pretrain: PretrainConfig = field(default_factory=lambda: PretrainConfig(epochs=36))
    head: HeadConfig = field(
        default_factory=lambda: HeadConfig(epochs=40, joint_rate=1.0, outlier_weight=0.4)
    )
    embedding: EmbeddingConfig = field(default_factory=EmbeddingConfig)
    left_out_epochs: int = 15
    doubt_shift: float = 0.7  # a collection holds more music outside the genres than a tenth
    doubt_threshold: float = 0.5
    tag_percentile: float = 90.0  # of the learning material: a tag is said of the tenth that has most of it
    least_tag: float = 0.08


def pretrained(prepared: Path, shared: Path, config: DistilConfig, keep: Path) -> DistilNet:
    """Return the network taught by the teachers; read from ``keep`` where a run has left it there."""
    music, gtzan = read_music(prepared), read_gtzan(shared)
    learned = np.flatnonzero(~np.isin(music["package"].astype(str), HELD_OUT))
    material = segments(music, gtzan, learned, repeat_gtzan=2)
    heads = {target.name: target.values.shape[1] for target in material.targets}
    torch.manual_seed(config.pretrain.seed)
    network = DistilNet(config.network, MEL128_V2.n_mels, 1.0 / MEL128_V2.pick_s, CONTEXT, heads)
    if keep.exists():
        network.load_state_dict(torch.load(keep, weights_only=True)["state"])
        return network.eval()
    began_s = time.monotonic()

    def report(epoch: int, losses: dict[str, float]) -> None:
        shown = ", ".join(f"{name} {value:.3f}" for name, value in losses.items())
        print(f"epoch {epoch}, {time.monotonic() - began_s:.0f} s: {shown}", flush=True)

    found = pretrain(network, material, None, config.pretrain, report)
    torch.save({"state": found.state_dict(), "heads": heads}, keep)
    return found


@dataclass(frozen=True, slots=True)
class Taught:
    """All that seeds share: views of labelled clips, of other music, their targets, embedding and doubt."""

    network: DistilNet
    train: Clips
    valid: Clips
    targets: np.ndarray
    others: torch.Tensor
    other_targets: np.ndarray
    rounds: tuple[Round, ...]


def taught(network: DistilNet, prepared: Path, shared: Path, labels: Labels, config: DistilConfig) -> Taught:
    """Return views, targets and the ten rounds of leaving a class out."""
    music = read_music(prepared)
    own = np.flatnonzero(music["package"].astype(str) != "songs_generated")
    classes = len(labels.classes)
    train_tags, openl3 = tag_logits(labels.tags), labels.openl3
    even = named_or_even(tag_logits(music["mut"]), train_tags, labels.train_labels, classes)
    chosen = np.random.default_rng(0).permutation(own)[:_OTHERS]
    train_mel, valid_mel = labels.train_mel[:, :, :SEGMENT_FRAMES], labels.valid_mel[:, :, :SEGMENT_FRAMES]
    train = Clips(
        views_of(network, train_mel, copies=_VIEW_COPIES, seed=1),
        views_of(network, train_mel, copies=0, seed=0)[0],
        labels.train_labels,
    )
    clean = views_of(network, valid_mel, copies=0, seed=0)
    valid = Clips(clean, clean[0], labels.valid_labels)
    sounds = outlier_windows(
        list(generators(TRAINING_VOICES).values()),
        _SOUNDS,
        MEL128_V1,
        np.random.default_rng(5),
        lambda: None,
    )
    others = torch.cat(
        (
            views_of(network, music["mel"][chosen], copies=_OTHER_COPIES, seed=2),
            views_of(network, sounds[:, :, :SEGMENT_FRAMES], copies=_OTHER_COPIES, seed=9),
        ),
        dim=1,
    )
    other_targets = np.concatenate((even[chosen], np.full((_SOUNDS, classes), 1.0 / classes)))
    rounds = []
    for which in range(classes):
        kept = np.flatnonzero(labels.train_labels != which)
        known = [c for c in range(classes) if c != which]
        fewer = np.array([known.index(c) for c in labels.train_labels[kept]])
        targets = softened(
            fewer, [openl3[kept], train_tags[kept]], [labels.artists[i] for i in kept], classes - 1
        )
        head = HeadConfig(**(asdict(config.head) | {"epochs": config.left_out_epochs}))
        rounds.append(left_out(network, train, valid, targets, others, other_targets, head, which))
    targets = softened(labels.train_labels, [openl3, train_tags], labels.artists, classes)
    return Taught(network, train, valid, targets, others, other_targets, tuple(rounds))


def ship(
    known: Taught, prepared: Path, labels: Labels, config: DistilConfig, seed: int, out: Path
) -> dict[str, Any]:
    """Teach a head with ``seed``, write ``NAME.onnx`` and its passport into ``out``, and return the passport."""
    out.mkdir(parents=True, exist_ok=True)
    network, music = known.network, read_music(prepared)
    head = teach_head(
        network,
        known.train.degraded,
        known.targets,
        known.others,
        known.other_targets,
        HeadConfig(**(asdict(config.head) | {"seed": seed})),
    )
    train_mel = labels.train_mel[:, :, :SEGMENT_FRAMES]
    whitening = fit_embedding(network, music, config.embedding)
    familiar = tag_space(tag_logits_of(network, known.train.clean))
    scale = DoubtScale(
        **doubt_scale(list(known.rounds), shift=config.doubt_shift, threshold=config.doubt_threshold)
    )
    familiarity = familiar.familiarity(tag_logits_of(network, known.valid.clean))
    logits = head_logits(head, known.valid.clean)
    temperature, probabilities = doubted_temperature(logits, familiarity, scale, labels.valid_labels)
    found = score(probabilities, labels.valid_part, labels.classes)
    shipped = ShippedNet(copy.deepcopy(network), head, whitening, familiar)
    sha256 = write_onnx(shipped, out / f"{config.name}.onnx", MEL128_V2.n_mels)
    passport = {
        "name": config.name,
        "version": 2,
        "sha256": sha256,
        "front_end": MEL128_V2.to_dict(),
        "classes": list(labels.classes),
        "embedding": {
            "dim": config.embedding.n_dims,
            "mean": [0.0] * config.embedding.n_dims,
            "std": [1.0] * config.embedding.n_dims,
        },
        "temperature": temperature,
        "tags": tag_scales(network, labels, music, config),
        "unknown": asdict(scale),
        "trained_on": {
            "labels": {"dataset": "GTZAN", "split": "fault-filtered", "part": "train", "n": len(train_mel)},
            "unlabelled": {
                str(package): int((music["package"] == package).sum())
                for package in sorted(set(music["package"].astype(str)))
            },
            "teachers": labels.teachers,
        },
        "config": asdict(config),
        "seed": seed,
        "scores": {"validation": found.to_dict()},
        "licence": "MIT",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }
    write_json(out / f"{config.name}.json", passport)
    return passport


def doubted_temperature(
    logits: list[np.ndarray], familiarity: np.ndarray, scale: DoubtScale, labels: np.ndarray
) -> tuple[float, np.ndarray]:
    """Return the temperature under which probabilities, doubt mixed in as the product does, fit ``labels`` best; and those."""
    best: tuple[float, float, np.ndarray] | None = None
    for temperature in np.geomspace(0.2, 3.0, 60):
        voted = clip_probabilities(logits, float(temperature))
        mixed = np.stack(
            [with_doubt(p, doubt(p, float(f), scale)) for p, f in zip(voted, familiarity, strict=True)]
        )
        loss = float(-np.log(mixed[np.arange(len(labels)), labels]).mean())
        if best is None or loss < best[0]:
            best = (loss, float(temperature), mixed)
    assert best is not None
    return best[1], best[2]


@torch.no_grad()
def tag_scales(
    network: DistilNet, labels: Labels, music: dict[str, np.ndarray], config: DistilConfig
) -> list[dict[str, Any]]:
    """Return every tag with the probability that a tenth of the learning material reaches."""
    n_joint = network.joint[0].out_channels
    joint = np.concatenate(
        [
            described(network, mel)[:, -n_joint:]
            for mel in (labels.train_mel[:, :, :SEGMENT_FRAMES], music["mel"][::2])
        ]
    )
    said = torch.sigmoid(network.heads["tags"](torch.from_numpy(joint))).numpy()
    thresholds = np.maximum(np.percentile(said, config.tag_percentile, axis=0), config.least_tag)
    return [
        {"name": name, "threshold": round(float(value), 4)}
        for name, value in zip(labels.tag_names, thresholds, strict=True)
    ]


def run(prepared: Path, shared: Path, out: Path, seeds: list[int], config: DistilConfig) -> None:
    """Train everything and write one model for each seed below ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    network = pretrained(prepared, shared, config, out / "pretrained.pt")
    labels = read_labels(shared)
    known = taught(network, prepared, shared, labels, config)
    for seed in seeds:
        passport = ship(known, prepared, labels, config, seed, out / f"seed{seed}")
        print(seed, passport["scores"]["validation"]["accuracy"], flush=True)
