"""segue hears what music sounds like: genres, what fits next, and how good its picks are.

Importing this package does no work: rooms are imported when used.
"""

__version__ = "0.1.0"
