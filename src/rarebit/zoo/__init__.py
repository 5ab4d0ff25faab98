"""The registry of classifiers and treatments, and the treated classifier built from them."""
