"""Where work runs: here, or in processes of their own; later on many machines."""
