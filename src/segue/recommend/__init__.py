"""Recommend: from what somebody chose to what fits next."""
