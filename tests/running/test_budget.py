"""The share of a time budget that each cell gets, by a clock that the tests set."""

from dataclasses import replace
from itertools import product

import pytest

from rarebit.running import CellKey, CellResult, ScoreTask
from rarebit.running.budget import Budget, Queue


class Clock:
    """A clock that stands until it is set."""

    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def make_queue(clock, n_candidates=10, n_folds=3, jobs=1, **budget):
    tasks = [
        ScoreTask(CellKey("d", f"c{number}", fold=fold), dict)
        for fold, number in product(range(n_folds), range(n_candidates))
    ]
    return Queue(tasks, jobs, Budget(**{"seconds": 100.0, "clock": clock, **budget}))


def done(task, fit_seconds=1.0):
    return CellResult(task.key, "done", fit_seconds=fit_seconds)


def cut(task):
    return CellResult(task.key, "cut", fit_seconds=10.0)


def test_a_budget_runs_down_and_keeps_a_reserve(clock):
    budget = Budget(100.0, reserve=0.1, reserved_fits=2.0, clock=clock)
    clock.now += 30
    assert budget.left() == 70
    assert budget.left_for_cells() == 60  # a tenth of the whole is kept
    assert budget.left_for_cells(longest_fit=15) == 30  # and twice the longest fit
    clock.now += 71
    assert (budget.left(), budget.left_for_cells()) == (0, 0)


def test_the_first_cell_may_take_half_and_the_next_a_quarter(clock):
    queue = make_queue(clock)
    task, share = queue.take()
    assert share == 50
    queue.note(done(task))
    clock.now += 20
    assert queue.take()[1] == 80 / 4


def test_the_last_cells_of_a_fold_get_an_even_share(clock):
    queue = make_queue(clock, n_candidates=4, jobs=2)
    queue.note(done(queue.take()[0]))
    assert queue.take()[1] == pytest.approx(100 * 2 / 3)  # three wait for two workers
    assert queue.take()[1] == 100
    assert queue.take()[1] == 100  # never more than all of it


def test_a_cell_may_take_twice_the_longest_fit_while_there_is_time(clock):
    queue = make_queue(clock)
    queue.note(done(queue.take()[0], fit_seconds=20.0))
    assert queue.take()[1] == 40
    clock.now += 70
    assert queue.take()[1] == 30


def test_no_cell_is_started_that_cannot_finish(clock):
    queue = make_queue(clock)
    queue.note(done(queue.take()[0], fit_seconds=20.0))
    queue.note(done(queue.take()[0], fit_seconds=5.0))
    clock.now += 94
    assert list(queue.give_up()) == []
    clock.now += 1
    assert len(list(queue.give_up())) == 28


def test_longest_fits_are_kept_for_the_refit(clock):
    queue = make_queue(clock, reserved_fits=1.5)
    queue.note(done(queue.take()[0], fit_seconds=20.0))
    queue.note(done(queue.take()[0], fit_seconds=5.0))
    assert queue.left() == 70


def test_no_cell_takes_the_time_in_which_it_would_be_fitted_again(clock):
    queue = make_queue(clock, n_candidates=1, reserve=0.1, reserved_fits=1.5)
    assert queue.take()[1] == pytest.approx(90 / 2.5)
    queue.note(done(queue.take()[0], fit_seconds=10.0))
    clock.now += 40
    assert queue.take()[1] == pytest.approx(50 / 2.5)


def test_a_budget_may_be_changed_while_it_runs(clock):
    budget = Budget(100.0, clock=clock)
    clock.now += 30
    assert replace(budget, reserved_fits=1.5).left() == 70


def test_a_candidate_that_ran_out_is_not_tried_on_other_folds(clock):
    queue = make_queue(clock, n_candidates=3, n_folds=2)
    first, _ = queue.take()
    queue.note(cut(first))
    given_up = list(queue.give_up())
    assert [(r.key.classifier, r.key.fold, r.status) for r in given_up] == [("c0", 1, "cut")]
    left = [queue.take()[0].key for _ in range(len(queue))]
    assert [(key.classifier, key.fold) for key in left] == [
        ("c1", 0), ("c2", 0), ("c1", 1), ("c2", 1),
    ]  # fmt: skip


def test_the_end_gives_up_all_that_wait(clock):
    queue = make_queue(clock, reserve=0.1)
    queue.take()
    clock.now += 89
    assert list(queue.give_up()) == []
    clock.now += 1
    assert {result.status for result in queue.give_up()} == {"cut"}
    assert len(queue) == 0


def test_without_a_budget_there_is_no_share():
    task = ScoreTask(CellKey("d", "c"), dict)
    queue = Queue([task])
    assert queue.left() is None
    assert list(queue.give_up()) == []
    assert queue.take() == (task, None)
