import pytest

from rarebit.cli import main


@pytest.fixture
def rarebit(capsys, monkeypatch, tmp_path):
    """Run the command line in an empty folder; return exit code, output and error output."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")

    def run(*arguments):
        with pytest.raises(SystemExit) as stop:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return stop.value.code or 0, captured.out, captured.err

    return run
