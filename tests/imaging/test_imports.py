"""What the package needs, and what importing it loads."""

import subprocess
import sys

import pytest

WITHOUT_TORCH = "import sys; sys.modules['torch'] = None; "


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_without_torch_the_demo_names_the_extra_that_brings_all_it_needs(tmp_path):
    code = f"from rarebit.cli.app import main; main(['imaging', 'demo', '--out', r'{tmp_path}/m'])"
    result = run(WITHOUT_TORCH + code)
    assert result.returncode == 2
    assert "torch is not installed; it comes with the extra 'imaging'" in result.stderr
    assert not (tmp_path / "m").exists()


@pytest.mark.slow
def test_without_lightning_the_fit_names_the_extra():
    code = (
        "import sys; sys.modules['lightning'] = None; import numpy as np; "
        "from rarebit.imaging import SDAQECClassifier; "
        "SDAQECClassifier().fit(np.zeros((4, 8, 8)), [0, 0, 1, 1])"
    )
    last = run(code).stderr.strip().splitlines()[-1]
    assert last.startswith("rarebit.exceptions.MissingExtraError: lightning is not installed")
    assert "the extra 'imaging'" in last


@pytest.mark.slow
def test_importing_the_package_leaves_lightning_and_pillow_alone():
    code = "import sys, rarebit.imaging; print({'lightning', 'pennylane'} & {*sys.modules})"
    assert run(code).stdout.strip() == "set()"
