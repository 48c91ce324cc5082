"""The packaged network since segue-s-v2: taught by published networks on unlabelled music, then by genre labels."""
