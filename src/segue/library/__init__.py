"""The library: one SQLite file that remembers every track segue has heard."""
