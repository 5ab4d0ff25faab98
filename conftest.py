"""What holds for all tests."""

import os

# Two workers on two cores: OpenMP's waiting threads would spin while the other worker has the core,
# and a test of half a second took fifty. Read when the library is loaded, so set before any is.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

import pytest
import shapes
from hypothesis import HealthCheck, settings

# A busy machine must not fail a test: no deadline on a property's examples.
settings.register_profile(
    "rarebit", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.load_profile("rarebit")

# A wrong shape or dtype of an array fails a test in these packages: see tests/_support/shapes.py.
shapes.enforce(
    "rarebit.metrics",
    "rarebit.decision",
    "rarebit.statistics",
    "rarebit.quantum",
    "rarebit.tabular.losses",
)


@pytest.fixture
def rarebit(capsys, monkeypatch, tmp_path):
    """Run the command line in an empty folder; return exit code, output and error output."""
    from rarebit.cli import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")

    def run(*arguments):
        with pytest.raises(SystemExit) as stop:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return stop.value.code or 0, captured.out, captured.err

    return run
