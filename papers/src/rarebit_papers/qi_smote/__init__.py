"""QI-SMOTE (arXiv:2509.02863) on open data: its comparison, its filter, its ablations, noise."""
