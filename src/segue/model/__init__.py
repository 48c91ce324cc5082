"""The network that listens: its file, its passport, its votes."""
