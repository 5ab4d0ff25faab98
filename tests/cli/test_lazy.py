"""What is imported when, help pages, completion, commands of other packages."""

import ast
import json
import shlex
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import rarebit as package
from rarebit.cli import lazy
from rarebit.cli.app import COMMANDS
from rarebit.cli.lazy import Group
from rarebit.exceptions import MissingExtraError

# Whatever takes long to import; each would show in the time of every help page.
HEAVY = {
    "numpy", "pandas", "scipy", "sklearn", "imblearn", "joblib", "matplotlib", "jinja2", "skops",
    "safetensors", "narwhals", "torch", "lightning", "PIL", "lightgbm", "xgboost", "catboost",
}  # fmt: skip
LEAVES = {
    path: command
    for name, entry in COMMANDS.items()
    for path, command in (
        {(name, inner): c for inner, c in entry.commands.items()}
        if isinstance(entry, Group)
        else {(name,): entry}
    ).items()
}
PAGES = [(), *((name,) for name, entry in COMMANDS.items() if isinstance(entry, Group)), *LEAVES]

RUN = """
import json, sys
from rarebit.cli import main

for arguments in json.loads(sys.argv[1]):
    try:
        main(arguments)
    except SystemExit as stop:
        assert not stop.code, arguments
print(*sorted(sys.modules), file=sys.stderr)
"""


def run_python(code, *arguments):
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )


# --- imports --------------------------------------------------------------------------------------


def test_importing_the_package_imports_none_of_its_packages():
    found = run_python("import rarebit, sys; print(*sys.modules)").stdout.split()
    assert not HEAVY & set(found)
    assert [name for name in found if name.startswith("rarebit")] == ["rarebit"]


def test_a_public_name_imports_its_package_alone():
    found = run_python("from rarebit import QISMOTE; import sys; print(*sys.modules)")
    loaded = set(found.stdout.split())
    assert "rarebit.over_sampling" in loaded
    assert not {"torch", "lightning", "rarebit.zoo", "rarebit.reporting"} & loaded


def test_help_pages_and_the_version_import_nothing_heavy():
    calls = [*([*page, "--help"] for page in PAGES if page != ("reproduce",)), ["--version"]]
    loaded = set(run_python(RUN, json.dumps(calls)).stderr.split())
    assert not HEAVY & loaded
    assert "rarebit.cli.imaging" in loaded


def test_a_command_imports_its_module_alone():
    loaded = set(run_python(RUN, '[["datasets", "list", "--json"]]').stderr.split())
    own = {name for name in loaded if name.startswith("rarebit.cli.")}
    assert own == {
        f"rarebit.cli.{name}" for name in ("app", "lazy", "options", "output", "listing")
    }
    assert not {"torch", "matplotlib", "rarebit.reporting", "rarebit.zoo"} & loaded


# --- the names of the package ---------------------------------------------------------------------


def test_names_for_people_and_for_type_checkers_are_the_same():
    tree = ast.parse(Path(package.__file__).read_text())
    typed = {
        (name.name, node.module)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module.startswith("rarebit.")
        for name in node.names
    }
    assert typed == {(name, f"rarebit.{source}") for name, source in package._PACKAGES.items()}
    assert set(package.__all__) == {"__version__", *package._PACKAGES}
    assert set(package.__all__) <= set(dir(package))


@pytest.mark.parametrize("name", package._PACKAGES)
def test_every_name_is_the_one_of_its_package(name):
    source = pytest.importorskip(f"rarebit.{package._PACKAGES[name]}", exc_type=MissingExtraError)
    assert getattr(package, name) is getattr(source, name)
    assert name in source.__all__


def test_a_name_that_does_not_exist():
    with pytest.raises(AttributeError, match="'rarebit' has no attribute 'compere'"):
        getattr(package, "compere")  # noqa: B009


# --- help -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=" ".join)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_every_help_page_ends_with_an_example(rarebit, page, flag):
    code, out, err = rarebit(*page, flag)
    assert (code, err) == (0, "")
    assert out.startswith(" ".join(["Usage: rarebit", *page]))
    last = out.strip().splitlines()[-1].strip()
    assert last.startswith("rarebit ")
    assert max(map(len, out.splitlines())) <= 100


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_examples_are_understood_by_their_command(path):
    command = LEAVES[path]
    for example in command.examples:
        program, *words = shlex.split(example)
        assert (program, *words[: len(path)]) == ("rarebit", *path)
        command.build(path[-1]).make_context(path[-1], words[len(path) :])


def test_lists_show_the_summaries_of_the_table(rarebit):
    listed = " ".join(rarebit("--help")[1].split())
    for name, entry in COMMANDS.items():
        assert f"{name} {entry.summary}" in listed


def test_no_arguments_show_the_help_page(rarebit):
    for page in ((), ("datasets",)):
        _, out, err = rarebit(*page)
        assert "Commands:" in out + err


# --- completion -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("rarebit re", ["resample", "reproduce"]),
        ("rarebit imaging ", ["train", "predict", "demo"]),
        ("rarebit compare --time", ["--time", "--time-budget"]),
        ("rarebit list m", ["models", "metrics"]),
    ],
)
def test_completion(rarebit, monkeypatch, line, completed):
    monkeypatch.setenv("_RAREBIT_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(line.count(" ")))
    assert rarebit()[1].split() == completed


# --- commands of other packages -------------------------------------------------------------------


HELLO = '''
def hello_command(times: int = 1) -> None:
    """Say hello.

    As often as asked.
    """
    print("hello " * times)
'''


def test_an_entry_point_becomes_a_command(rarebit, monkeypatch, tmp_path):
    (tmp_path / "rarebit_hello.py").write_text(HELLO)
    monkeypatch.syspath_prepend(tmp_path)
    entry = EntryPoint("hello", "rarebit_hello:hello_command", lazy.ENTRY_POINTS)
    monkeypatch.setattr(lazy, "entry_points", lambda group: [entry])
    assert "hello" in rarebit("--help")[1]
    assert "rarebit_hello" not in sys.modules
    assert rarebit("hello", "--times", "2")[:2] == (0, "hello hello \n")
    assert "Say hello.\n\n  As often as asked." in rarebit("hello", "--help")[1]


@pytest.mark.parametrize("arguments", [("qcl-mixnet", "table6"), ("--help",), ()])
def test_reproduce_says_how_to_install_it(rarebit, monkeypatch, arguments):
    monkeypatch.setattr(lazy, "entry_points", lambda group: [])
    code, out, err = rarebit("reproduce", *arguments)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert "pip install -e papers" in err
    assert "reproduce" in rarebit("--help")[1]
