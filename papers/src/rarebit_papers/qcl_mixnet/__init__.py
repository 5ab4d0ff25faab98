"""QCL-MixNet (arXiv 2506.13987): its tables and figures, made again."""
