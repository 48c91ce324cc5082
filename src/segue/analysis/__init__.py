"""What segue hears in one track: genres over time, embedding, tempo, key, loudness, fingerprint."""
