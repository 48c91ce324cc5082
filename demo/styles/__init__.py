"""The six styles, one to a file: each plays one piece in a given key and tempo."""
