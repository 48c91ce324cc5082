"""Datasets on disk, read into frozen values and checked against what they promise."""
