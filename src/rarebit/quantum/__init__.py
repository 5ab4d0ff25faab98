"""States, gates, encodings, Hamiltonians, VQE, circuits and noise."""
