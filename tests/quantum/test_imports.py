import subprocess
import sys


def test_importing_the_room_loads_no_optional_library():
    code = (
        "import sys, rarebit.quantum as q; q.minimize_energy;"
        "print(*{'torch', 'pennylane', 'numba', 'matplotlib', 'sklearn'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""
