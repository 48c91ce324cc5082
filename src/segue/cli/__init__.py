"""The command line: reads words, calls segue.service, prints answers. No logic of its own."""
