"""One model on one part of one dataset: scores, intervals, and whether the part was free of leaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from segue.errors import DatasetError
from segue.metrics.calibration import expected_calibration_error, mean_negative_log_likelihood
from segue.metrics.classification import accuracy, class_scores, confusion, macro_f1
from segue.metrics.intervals import cluster_bootstrap
from segue.metrics.paired import accuracy_difference, mcnemar
from segue.model.network import Network
from segue.research.audit.recordings import groups_by_sound
from segue.research.datasets.dataset import Dataset
from segue.research.datasets.exclusions import exclusions_in
from segue.research.datasets.protocols import ChunkSplit, Split
from segue.research.datasets.registry import KNOWN, read_dataset
from segue.research.evaluate.predict import EvaluationTracks, predict, read_tracks
from segue.research.evaluate.report import Against, Evaluation, Scores
from segue.research.evaluate.target import Target, find_target
from segue.research.evaluate.training_data import ids_in, leak_verdict, training_split
from segue.research.training.material import material
from segue.service.scan import Progress

EVERYTHING = "all"  # every labelled track: for data the model has nothing to do with


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a model; None leaves it to what the model's run or passport says.

    ``part`` is "test", or "valid" while a model is still being chosen. ``exclude`` is a list of tracks not to be
    asked about, as the audit writes it.
    """

    dataset: str | None = None
    protocol: str | None = None
    data: Path | None = None
    part: str = "test"
    seed: int | None = None
    fold: int | None = None
    exclude: Path | None = None


def evaluate(
    target: str,
    question: Question,
    against: str | None = None,
    progress: Progress | None = None,
    tell: Callable[[str], None] = lambda sentence: None,
) -> Evaluation:
    """Return the scores of the model named ``target`` and, with ``against``, another's on the same tracks.

    The run's own parts are used where its protocol is the one asked for, and no other seed or fold is. The interval draws artists with
    replacement, from a fixed seed. ``progress`` is told of the files that are decoded to find near copies. ``tell`` is
    given, one sentence each and before the work, lines of the exclusion list that name no track and an index that
    is not as published.

    Raises ModelError for a model that cannot be used, DatasetError where data or protocol cannot (``data-unknown``,
    ``data-missing``, ``protocol-unknown``), no track can be scored (``nothing-to-score``) or two models name
    different genres (``genres-differ``).
    """
    first = find_target(target)
    second = find_target(against) if against is not None else None
    dataset = _dataset(first, question)
    exclusions = exclusions_in(question.exclude, dataset) if question.exclude is not None else None
    for sentence in (exclusions and exclusions.sentence(), dataset.remark()):
        if sentence:
            tell(sentence)
    own = first.split or training_split(first.network.passport, dataset, progress)
    split = _split(dataset, question, first, own, progress)
    classes = first.network.passport.classes
    if second is not None and second.network.passport.classes != classes:
        raise DatasetError(
            f"{target} and {against} name different genres; compare models that name the same ones.",
            code="genres-differ",
        )
    asked = read_tracks(
        dataset, split, question.part, classes, exclusions.ids if exclusions is not None else frozenset()
    )
    probabilities = predict(first.network, asked)
    return Evaluation(
        scores=_scores(split.protocol, asked, probabilities, classes),
        model=first.network.passport.model,
        dataset=dataset.name,
        part=question.part,
        seed=split.seed,
        exclusions=exclusions,
        remarks=tuple(dataset.remarks),
        leaks=leak_verdict(dataset, _known(first, own, dataset), asked.ids, split, progress),
        against=None if second is None else _compared(second, dataset, split, asked, probabilities),
    )


def _dataset(target: Target, question: Question) -> Dataset:
    data = question.data or target.data
    name = question.dataset or target.dataset
    if data is None:
        raise DatasetError(
            "The model does not say where its data lies; name the folder with --data DIR.",
            code="data-unknown",
        )
    if not data.exists():
        raise DatasetError(
            f"There is no data at {data}; name the folder with --data DIR.", code="data-missing"
        )
    if name in KNOWN:
        return read_dataset(name, data)
    # A run on a table of path and label knows the table's name and the folder it lay in.
    table = data / f"{target.dataset}.csv"
    return read_dataset(table if question.data is None and table.is_file() else data)


def _split(
    dataset: Dataset,
    question: Question,
    target: Target,
    own: Split | ChunkSplit | None,
    progress: Progress | None,
) -> Split | ChunkSplit:
    """The run's own parts, or the protocol asked for, or everything where the model has nothing to do with the data."""
    its_own = _is_its_own(target, dataset)
    protocol = question.protocol or (own.protocol if own is not None else None)
    seed = question.seed or 0
    if own is not None and protocol == own.protocol and its_own:
        seed = own.seed if question.seed is None else question.seed
        if seed == own.seed and question.fold is None:
            return own
    if protocol == EVERYTHING or (protocol is None and not its_own):
        labelled = tuple(track.track_id for track in dataset.tracks if track.label is not None)
        return Split(EVERYTHING, seed, (), (), labelled)
    if protocol is None:
        raise DatasetError(
            "The model does not say how its data was divided; choose with --protocol.",
            code="protocol-unknown",
        )
    by_sound = partial(groups_by_sound, progress=progress)
    return material(dataset, protocol, seed, fold=question.fold or 0, by_sound=by_sound).split


def _is_its_own(target: Target, dataset: Dataset) -> bool:
    """Whether the model comes from this data: by its run's ids (a folder may be renamed), else by its passport."""
    if target.split is not None:
        ids = ids_in(target.split)
        return 2 * len(ids & set(dataset.ids)) > len(ids)
    said = target.network.passport.record.get("trained_on", {}).get("dataset", "")
    return str(said).casefold() == dataset.name.casefold()


def _known(target: Target, own: Split | ChunkSplit | None, dataset: Dataset) -> Split | ChunkSplit | None:
    return own if _is_its_own(target, dataset) else None


def _scores(
    protocol: str, asked: EvaluationTracks, probabilities: np.ndarray, classes: tuple[str, ...]
) -> Scores:
    guess = probabilities.argmax(axis=1)
    right = (guess == asked.truth).astype(float).tolist()
    per_class = class_scores(asked.truth, guess, len(classes))
    low, high = cluster_bootstrap(right, asked.clusters, np.random.default_rng(0))
    return Scores(
        protocol=protocol,
        n=len(asked.ids),
        accuracy=accuracy(asked.truth, guess),
        macro_f1=macro_f1(asked.truth, guess, len(classes)),
        ci95=(low, high),
        per_class=dict(zip(classes, per_class, strict=True)),
        confusion=confusion(asked.truth, guess, len(classes)),
        ece=expected_calibration_error(probabilities, asked.truth),
        nll=mean_negative_log_likelihood(probabilities, asked.truth),
        classes=tuple(classes),
        n_artists=len(set(asked.clusters)),
        failures=asked.failures,
        unknown_label=asked.unknown,
        excluded=asked.excluded,
    )


def _compared(
    target: Target, dataset: Dataset, split: Split | ChunkSplit, asked: EvaluationTracks, of_first: np.ndarray
) -> Against:
    network: Network = target.network
    of_second = predict(network, asked)
    first, second = (p.argmax(axis=1) == asked.truth for p in (of_first, of_second))
    difference, low, high = accuracy_difference(first, second, asked.clusters, np.random.default_rng(0))
    test = mcnemar(first, second)
    own = target.split or training_split(network.passport, dataset)
    return Against(
        scores=_scores(split.protocol, asked, of_second, network.passport.classes),
        model=network.passport.model,
        difference=difference,
        difference_ci95=(low, high),
        only_first_right=test.only_first,
        only_second_right=test.only_second,
        mcnemar_p=test.p,
        leaks=leak_verdict(dataset, _known(target, own, dataset), asked.ids, split),
    )
