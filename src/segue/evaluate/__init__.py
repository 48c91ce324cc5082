"""Measures: pure functions of lists and arrays, which know nothing of audio, models or libraries."""
