"""Training segue's own network: the only room that needs torch."""
