"""Comparing recommenders on one set: the same candidates, exclusions, users and measures for all."""
