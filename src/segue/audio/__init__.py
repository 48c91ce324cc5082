"""From a file to samples: finding, probing, opening, decoding, mixing down, naming by content."""
