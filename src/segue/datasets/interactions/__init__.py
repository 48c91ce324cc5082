"""Who listened to what: one reader for each form such sets come in, all giving `Interactions`."""
