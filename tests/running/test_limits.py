"""Limits around a cell: the time limit reaches any thread, threads are pinned, memory is read."""

import threading
import time

import numpy as np
import pytest

from rarebit.running.limits import (
    TimeLimitExceeded,
    peak_memory_mib,
    reset_peak_memory,
    time_limit,
)


def _spin(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def test_a_block_that_is_too_long_is_ended():
    started = time.monotonic()
    with pytest.raises(TimeLimitExceeded), time_limit(0.1):
        _spin(5)
    assert time.monotonic() - started < 2


def test_a_quick_block_is_left_alone_and_nothing_comes_later():
    with time_limit(0.2):
        pass
    _spin(0.4)


def test_processor_time_does_not_pass_while_the_block_waits():
    with time_limit(0.2, time.process_time):
        time.sleep(0.5)
    with pytest.raises(TimeLimitExceeded), time_limit(0.2, time.process_time):
        _spin(5)


def test_no_limit_and_no_time():
    with time_limit(None):
        pass
    with pytest.raises(TimeLimitExceeded), time_limit(0):
        raise AssertionError("the block must not start")


def test_it_reaches_a_thread_that_is_not_the_main_one():
    caught = []

    def work():
        try:
            with time_limit(0.1):
                _spin(5)
        except TimeLimitExceeded:
            caught.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(timeout=4)
    assert caught == [True]


def _swallow():
    try:
        _spin(5)
    except Exception:
        pytest.fail("swallowed")


def test_libraries_that_catch_every_exception_do_not_swallow_it():
    with pytest.raises(TimeLimitExceeded), time_limit(0.1):
        _swallow()


def test_peak_memory_sees_a_large_array():
    reset_peak_memory()
    before = peak_memory_mib()
    if np.isnan(before):
        pytest.skip("this system does not tell a process's peak memory")
    block = np.ones(20_000_000)  # 153 MiB
    assert peak_memory_mib() - before > 100
    del block
