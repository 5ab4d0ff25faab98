"""QCL-MixNet and the baseline networks beside it."""
