"""What every model promises, asked of every model there is."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from segue.errors import SegueError
from segue.recommend.models.contract import BUDGET
from segue.research.models.registry import MODELS
from segue.research.models.storage import load, save
from tests.raising import raises
from tests.recommend.models.worlds import N_ITEMS, N_USERS, fit, two_tastes

PAIRS, CONTENT, KNOWN = two_tastes()


TASTELESS = {"random", "popularity", "artist-popularity"}
NO_TORCH = importlib.util.find_spec("torch") is None
NEED_TORCH = {"multvae"}
without_torch = pytest.mark.skipif(NO_TORCH, reason="multvae is trained with the extra 'train' (torch)")
HERE = [name for name in MODELS if not (NO_TORCH and name in NEED_TORCH)]


def names_of(chosen):
    """Parameters of a test: the names ``chosen``, where torch is missing without those that need it, by reason."""
    marked = [pytest.param(name, marks=without_torch) if name in NEED_TORCH else name for name in chosen]
    return pytest.mark.parametrize("name", marked)


names = names_of(MODELS)


def fitted(name: str, seed: int = 0):
    return fit(name, PAIRS, CONTENT, seed=seed, known_items=KNOWN)


@names
def test_it_scores_what_it_says_and_nothing_else(name):
    model = fitted(name)
    scores = model.score(PAIRS)
    assert scores.shape == (N_USERS, N_ITEMS) and scores.dtype == np.float32
    can = {"warm": KNOWN, "cold": ~KNOWN, "all": np.ones_like(KNOWN)}[model.scores]
    assert np.isfinite(scores[:, can]).all()
    assert (scores[:, ~can] == -np.inf).all()
    assert model.scores == MODELS[name].scores and model.name == name


@names_of(name for name in MODELS if name not in TASTELESS)
def test_it_ranks_the_users_own_taste_first(name):
    model = fitted(name)
    scores = model.score(PAIRS)
    unseen = PAIRS.toarray() == 0
    own = np.arange(N_USERS)[:, None] % 2 == np.arange(N_ITEMS) % 2
    # A model that is to see everything has nothing to say of what nobody chose.
    for items in (KNOWN,) if MODELS[name].sees_test else (KNOWN, ~KNOWN):
        if not np.isfinite(scores[0, items]).all():
            continue
        right = [
            scores[u, items & unseen[u] & own[u]].mean() > scores[u, items & unseen[u] & ~own[u]].mean()
            for u in range(N_USERS)
        ]
        assert np.mean(right) > 0.95


@names
def test_a_users_scores_do_not_depend_on_the_company(name):
    model = fitted(name)
    whole = model.score(PAIRS)
    np.testing.assert_allclose(model.score(PAIRS[5:6])[0], whole[5], rtol=1e-4, atol=1e-5)
    backwards = model.score(PAIRS[::-1])[::-1]
    np.testing.assert_allclose(backwards, whole, rtol=1e-4, atol=1e-5)


@names
def test_it_serves_a_new_user_and_one_without_history(name):
    model = fitted(name)
    new = sparse.csr_matrix((np.ones(3, np.float32), ([0, 0, 0], [0, 2, 4])), shape=(2, N_ITEMS))
    scores = model.score(new)
    assert not np.isnan(scores).any()
    assert model.score(PAIRS[:0]).shape == (0, N_ITEMS)


@names
def test_saved_and_loaded_it_is_equal_to_the_bit(name, tmp_path):
    model = fitted(name)
    save(model, tmp_path / "m")
    again = load(tmp_path / "m")
    assert (again.name, again.scores, again.settings()) == (model.name, model.scores, model.settings())
    assert model.arrays().keys() == again.arrays().keys()
    for key, array in model.arrays().items():
        assert array.dtype == again.arrays()[key].dtype != object
        np.testing.assert_array_equal(array, again.arrays()[key])
    np.testing.assert_array_equal(model.score(PAIRS), again.score(PAIRS))
    document = json.loads((tmp_path / "m" / "model.json").read_text())
    assert document["model"] == name and document["scores"] == model.scores


@names
def test_a_seed_fixes_it(name):
    one, other = fitted(name, seed=3).arrays(), fitted(name, seed=3).arrays()
    for key in one:
        np.testing.assert_array_equal(one[key], other[key])


@names
def test_inputs_are_left_as_they_were(name):
    pairs, content, known = two_tastes()
    fit(name, pairs, content, known_items=known).score(pairs)
    np.testing.assert_array_equal(pairs.toarray(), PAIRS.toarray())
    np.testing.assert_array_equal(content.audio, CONTENT.audio)
    np.testing.assert_array_equal(content.metadata, CONTENT.metadata)
    np.testing.assert_array_equal(known, KNOWN)


@names
def test_its_search_space_has_the_budget_and_its_settings_are_json(name):
    search = MODELS[name].search
    assert len(search) in (1, BUDGET)
    assert len({json.dumps(point, sort_keys=True) for point in search}) == len(search)
    assert len({tuple(sorted(point)) for point in search}) == 1
    assert json.loads(json.dumps(search[0])) == dict(search[0])


@names_of(name for name, kind in MODELS.items() if kind.needs)
def test_missing_content_is_one_sentence(name):
    needs = MODELS[name].needs
    with raises(SegueError, "content-missing"):
        fit(name, PAIRS, None, known_items=KNOWN)
    if "metadata" in needs:
        with raises(SegueError, "content-missing"):
            fit(name, PAIRS, replace(CONTENT, metadata=None), known_items=KNOWN)


def test_other_cores_other_processes_same_arrays():
    """Every model, fitted where BLAS and OpenMP may use one thread and where they may use four."""
    code = (
        "import hashlib\n"
        "from tests.recommend.models.worlds import fit, two_tastes\n"
        "pairs, content, known = two_tastes()\n"
        f"for name in {HERE}:\n"
        "    model = fit(name, pairs, content, known_items=known)\n"
        "    arrays = sorted(model.arrays().items())\n"
        "    print(name, hashlib.sha256(b''.join(a.tobytes() for _, a in arrays)).hexdigest())\n"
    )
    root = Path(__file__).resolve().parents[3]
    printed = []
    for threads in ("1", "4"):
        limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), threads)
        environment = {**os.environ, **limits, "PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}"}
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
        assert done.returncode == 0, done.stderr
        printed.append(done.stdout)
    assert printed[0] == printed[1] and len(printed[0].splitlines()) == len(HERE)


def test_bad_input_is_an_error_with_a_code():
    with raises(SegueError, "unknown-model"):
        fit("magic", PAIRS)
    with raises(SegueError, "unknown-setting"):
        fit("ease", PAIRS, settings={"l3": 1.0})
    with raises(SegueError, "no-interactions"):
        fit("ease", sparse.csr_matrix((3, 4), dtype=np.float32))
    for bad in (-1.0, np.nan, np.inf):
        with raises(SegueError, "counts-not-positive"):
            fit("popularity", sparse.csr_matrix(np.array([[1.0, bad]], np.float32)))
    with raises(SegueError, "content-of-other-items"):
        fit("content", PAIRS[:, :50], CONTENT)
    holed = replace(CONTENT, audio=np.where(CONTENT.audio > 1, np.nan, CONTENT.audio))
    with raises(SegueError, "content-not-finite"):
        fit("content", PAIRS, holed)
    with pytest.raises(ValueError):
        fitted("popularity").score(PAIRS[:, :50])
    with pytest.raises(ValueError):
        fit("popularity", PAIRS, known_items=~KNOWN)
