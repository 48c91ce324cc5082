"""The dataset of training's tests."""

from tests.research.training.conftest import toy as toy
