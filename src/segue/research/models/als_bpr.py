"""Matrix factorisation alone: ALS (segue.recommend.models.als) and BPR, through ``implicit`` (extra ``cf``).

BPR: Rendle, Freudenthaler, Gantner and Schmidt-Thieme 2009; its users have no closed form, so a linear map from the
mean of a history's item factors to the user's factors is learned on the training users. It runs on one thread: its
threads race for the same factors, and no two results would be equal.
"""

from __future__ import annotations

import numpy as np

from segue.recommend.models.als import SolvedUsers, als_factors, implicit_library, solved_users
from segue.recommend.models.contract import Kind, Range, Settings, Training
from segue.recommend.models.scorers import TwoFactors, chosen, two_factors
from segue.research.models.regression import ridge


def _fit_als(data: Training, settings: Settings) -> SolvedUsers:
    alpha, l2 = float(settings["alpha"]), float(settings["l2"])
    factors = als_factors(data, int(settings["n_factors"]), alpha, l2)
    return solved_users(factors, factors, alpha, l2)


def _fit_bpr(data: Training, settings: Settings) -> TwoFactors:
    model = implicit_library().bpr.BayesianPersonalizedRanking(
        factors=int(settings["n_factors"]),
        learning_rate=float(settings["learning_rate"]),
        regularization=float(settings["l2"]),
        iterations=int(settings["n_epochs"]),
        use_gpu=False,
        num_threads=1,
        random_state=data.seed,
    )
    pairs = chosen(data.pairs)
    model.fit(pairs, show_progress=False)
    # implicit keeps an item's bias as its last factor, against a user's constant 1.
    factors, bias = model.item_factors[:, :-1], model.item_factors[:, -1]
    active = np.diff(pairs.indptr) > 0
    middles = (pairs @ factors / np.maximum(np.diff(pairs.indptr), 1)[:, None])[active]
    weights, intercept = ridge(middles, model.user_factors[active, :-1], 1e-3 * active.sum() * middles.var())
    return two_factors(factors @ weights, factors, (bias + factors @ intercept).astype(np.float32))


KINDS = (
    Kind(
        "als",
        "matrix factorisation by alternating least squares",
        "warm",
        _fit_als,
        (
            {"n_factors": 64, "alpha": 10.0, "l2": 10.0},
            {"n_factors": 128, "alpha": 20.0, "l2": 50.0},
            {"n_factors": 128, "alpha": 40.0, "l2": 100.0},
            {"n_factors": 128, "alpha": 10.0, "l2": 10.0},
        ),
        ranges=(
            Range("n_factors", values=(32, 64, 128, 192)),
            Range("alpha", 1.0, 60.0, log=True),
            Range("l2", 1.0, 200.0, log=True),
        ),
    ),
    Kind(
        "bpr",
        "matrix factorisation by pairwise ranking",
        "warm",
        _fit_bpr,
        tuple(
            {"n_factors": 64, "n_epochs": n, "learning_rate": 0.05, "l2": l2}
            for n in (100, 200)
            for l2 in (0.01, 0.003)
        ),
        ranges=(
            Range("n_factors", values=(32, 64, 128)),
            Range("n_epochs", 50, 300, log=True),
            Range("learning_rate", 0.01, 0.2, log=True),
            Range("l2", 0.0005, 0.05, log=True),
        ),
    ),
)
