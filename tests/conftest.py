"""What holds for all tests."""

import os

# Two workers on two cores: OpenMP's waiting threads would spin while the other worker has the core,
# and a test of half a second took fifty. Read when the library is loaded, so set before any is.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
