"""From samples to what a network or a descriptor reads: spectra, mel bands, windows, onsets, chroma."""
