"""What importing this package loads, and its message without torch."""

import subprocess
import sys

HEAVY = "pennylane", "torch_geometric", "pytabkit", "tabm", "lightning", "pytorch_metric_learning"


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_heavy_libraries_load_when_used():
    code = f"import sys, rarebit.tabular; print([m for m in {HEAVY} if m in sys.modules])"
    assert run(code).stdout.strip() == "[]"


def test_without_torch_one_line_names_the_extra():
    code = "import sys; sys.modules['torch'] = None; import rarebit.tabular"
    last = run(code).stderr.strip().splitlines()[-1]
    assert "MissingExtraError" in last
    assert 'pip install -e ".[torch]"' in last
