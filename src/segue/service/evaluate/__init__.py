"""How good a model is on a part of a dataset, and whether that may be believed."""
