"""Recommenders that learn from many people's histories, from content, or from both, under one contract.

See contract.py for the promises, registry.py for the names and docs/collaborative.md for the formulas.
"""
