"""One pass over a track that computes every facet asked for."""
