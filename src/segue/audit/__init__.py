"""Findings about a collection of music: damage, clipping, hum and copies, each with its evidence."""
