"""A hostile campaign against segue: damaged audio, kills, odd texts and files, terminals. See `__main__`."""
