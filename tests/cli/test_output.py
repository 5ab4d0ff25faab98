"""What several commands print alike."""

import io

import pytest
from rich.console import Console

from rarebit.cli import output


@pytest.mark.parametrize(("takes", "said"), [(9.0, "Fitting [svm] ...\n"), (0.1, "")])
def test_without_a_terminal_a_line_says_what_takes_long(monkeypatch, takes, said):
    class Clock(output.Timer):
        def start(self):
            if self.interval < takes:
                self.function(*self.args, **self.kwargs)

    monkeypatch.setattr(output, "Timer", Clock)
    console = Console(file=io.StringIO(), markup=False)
    with output.working(console, "Fitting [svm]"):
        pass
    assert console.file.getvalue() == said


def test_in_a_terminal_it_stands_beside_a_moving_sign():
    console = Console(file=io.StringIO(), width=80, force_terminal=True)
    with output.working(console, "Fitting [svm]"):
        pass
    assert "Fitting [svm]" in console.file.getvalue()
