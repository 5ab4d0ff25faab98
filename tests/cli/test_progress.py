"""What is shown of a running comparison, by a clock that the tests set."""

import io
from itertools import product

import pytest
from rich.console import Console

from rarebit.cli import progress
from rarebit.cli.progress import CellState, cell_progress
from rarebit.running import CellKey, CellResult, ScoreTask


class Clock:
    """A clock that stands until it is set."""

    now = 0.0

    def __call__(self):
        return self.now


KEYS = [CellKey("d", name, fold=fold) for fold, name in product(range(3), ("slow", "fast"))]
SECONDS = {"slow": 90.0, "fast": 10.0}


def make_state(jobs=2, **options):
    clock = Clock()
    state = CellState(jobs, clock=clock, **options)
    state.start(KEYS, n_known=4)
    return state, clock


def done(key):
    return CellResult(key, "done", fit_seconds=SECONDS[key.classifier] - 1, predict_seconds=1.0)


def test_the_rest_takes_as_long_as_the_same_candidates_did():
    state, clock = make_state()
    assert state.remaining() is None
    assert "time left not known yet" in state.line()
    state.finish(done(KEYS[1]))
    assert state.remaining() == 5 * 10 / 2  # nothing is known of the slow one
    state.finish(done(KEYS[0]))
    assert state.remaining() == 2 * (90 + 10) / 2
    clock.now = 5
    assert state.remaining() == 95
    assert state.line() == (
        "Running slow, fast (6 of 10 fits finished; 5 s elapsed, about 2 minutes left)"
    )


def test_the_rest_takes_longer_while_no_cell_finishes():
    state, clock = make_state()
    state.finish(done(KEYS[1]))  # fast: 10 s; slow, slow run
    known = []
    for now in (0, 10, 20, 40, 80):
        clock.now = now
        known.append(state.remaining())
    # slow: 10 s as the fast ones, then as long again as overdue, on average of both; fast: 10 s
    assert known[:3] == [25, (0 + 0 + 10 + 10 + 10) / 2, (10 + 10 + 30 + 10 + 10) / 2]
    assert known == [known[0], min(known), *sorted(known[2:])]


def test_the_last_cell_is_not_divided_among_idle_workers():
    state, clock = make_state(jobs=4)
    for key in KEYS[:5]:
        state.finish(done(key))
    clock.now = 8.5
    assert state.remaining_text() == "about 2 seconds left"
    clock.now = 9.9
    assert state.remaining_text() == "less than 1 second left"
    clock.now = 14.0
    assert state.remaining_text() == "about 4 seconds left"


def test_a_time_budget_bounds_what_is_left():
    state, clock = make_state(time_budget=100.0)
    state.finish(done(KEYS[0]))
    clock.now = 70
    assert state.remaining_text() == "about 30 seconds left"


def test_cells_that_were_cut_are_not_finished():
    state, _ = make_state()
    state.finish(CellResult(KEYS[0], "cut", fit_seconds=5.0))
    state.finish(CellResult(KEYS[1], "failed"))
    assert state.line().startswith("Running slow, fast (5 of 10 fits finished")


@pytest.mark.parametrize(
    ("time_budget", "says"),
    [
        (None, "The 6 fits take about 3 minutes; --time-budget 1m is enough for about 1 of the 3 "),
        (145.0, "The 6 fits would take about 3 minutes; the time budget is enough for about 2 of "),
        (
            5.0,
            "The 6 fits would take about 3 minutes; the time budget is enough for less than one ",
        ),
        (600.0, "The 6 fits take about 3 minutes, less than the time budget."),
    ],
)
def test_the_whole_time_is_forecast_once_every_candidate_was_fitted(time_budget, says):
    state, clock = make_state(time_budget=time_budget)
    clock.now = 10.0
    state.finish(done(KEYS[1]))
    state.finish(done(KEYS[3]))
    assert state.forecast() is None  # of the slow ones nothing is known
    clock.now = 90.0
    state.finish(done(KEYS[0]))
    assert state.forecast().startswith(says)  # 90 s, and 90, 90 and 10 s for two workers
    assert state.forecast() is None


def test_a_candidate_that_fails_does_not_hold_up_the_forecast():
    state, _ = make_state(jobs=1)
    state.finish(done(KEYS[0]))
    state.finish(CellResult(KEYS[1], "failed"))
    assert state.forecast().startswith("The 6 fits take about 6 minutes; --time-budget 2m ")


def test_short_runs_have_no_forecast():
    state, _ = make_state(jobs=8)
    for key in KEYS[:4]:
        state.finish(CellResult(key, "done", fit_seconds=10.0, predict_seconds=1.0))
    assert state.forecast() is None


def test_without_a_terminal_there_are_lines_at_the_start_and_at_the_end():
    console = Console(file=io.StringIO(), width=40)
    with cell_progress(console, 2) as shown:
        shown.on_start([ScoreTask(key, dict) for key in KEYS], 4)
        for key in KEYS:
            shown.on_result(CellResult(key, "done", fit_seconds=1.0, predict_seconds=1.0))
        shown.on_refit(("svm", "smote"))
    first, refit, last = console.file.getvalue().splitlines()
    assert first == "6 fits to run; 4 finished before"
    assert refit == "Fitting svm + smote on all rows"
    assert last.startswith("6 fits finished in ")


def test_without_a_terminal_there_is_a_line_at_each_interval(monkeypatch):
    waits = iter([False, False, True])

    class Event(progress.threading.Event):
        def wait(self, timeout=None):
            if timeout == progress.INTERVAL:
                return next(waits)
            return super().wait(timeout)

    console = Console(file=io.StringIO(), width=200)
    monkeypatch.setattr(progress.threading, "Event", Event)
    monkeypatch.setattr(progress.threading.Thread, "start", lambda _: None)
    monkeypatch.setattr(progress.threading.Thread, "join", lambda thread: thread._target())
    with cell_progress(console, 1) as shown:
        shown.on_start([ScoreTask(key, dict) for key in KEYS], 0)
    lines = console.file.getvalue().splitlines()
    assert len(lines) == 4  # the start, two intervals, the end
    assert lines[0] == "6 fits to run"
    assert all(line.startswith("Running slow (0 of 6 fits finished; ") for line in lines[1:3])


def test_in_a_terminal_there_is_a_bar():
    console = Console(file=io.StringIO(), width=120, force_terminal=True)
    with cell_progress(console, 2) as shown:
        shown.on_start([ScoreTask(key, dict) for key in KEYS], 0)
        shown.on_result(done(KEYS[0]))
        shown.on_refit(("svm", "smote"))
    drawn = console.file.getvalue()
    assert "Fitting svm + smote on all rows" in drawn
    assert "1/6" in drawn
