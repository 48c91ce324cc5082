"""Whether two files, tracks or names are the same recording, by six methods; see `segue.copies.same`."""
