"""One suite for every executor: one outcome per item, failures stay with their item, items are taken lazily."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from segue.execution.contract import KILLED, LATER, Trouble, says_nothing_of_the_item
from segue.execution.default import default_executor
from segue.execution.processes import ProcessExecutor
from segue.execution.serial import SerialExecutor
from tests.execution.tasks import work
from tests.execution.threads import ThreadExecutor

EXECUTORS = {
    "serial": SerialExecutor,
    "one process": lambda: ProcessExecutor(1),
    "two processes": lambda: ProcessExecutor(2),
    "two threads": lambda: ThreadExecutor(2),
}


@pytest.fixture(params=EXECUTORS)
def executor(request):
    with EXECUTORS[request.param]() as made:
        yield made


def patient(item):
    return 60.0


def test_every_item_has_exactly_one_outcome(executor):
    items = [("square", i) for i in range(25)]
    outcomes = list(executor.map(work, items, patient))
    assert sorted(o.item for o in outcomes) == sorted(items)
    assert all(o.trouble is None and o.value == o.item[1] ** 2 for o in outcomes)


def test_nothing_in_nothing_out(executor):
    assert list(executor.map(work, [], patient)) == []


def test_a_failure_keeps_its_stage_and_costs_nobody_else(executor):
    items = [("square", 2), ("audio error", 0), ("fault", 0), ("square", 3)]
    outcomes = {o.item: o for o in executor.map(work, items, patient)}
    assert outcomes["square", 2].value == 4 and outcomes["square", 3].value == 9
    trouble = outcomes["audio error", 0].trouble
    assert (trouble.stage, trouble.cause) == ("open", "The file is empty.")
    assert outcomes["fault", 0].trouble.stage == "analyse"
    assert "ZeroDivisionError: one over nothing" in outcomes["fault", 0].trouble.cause


def test_items_are_taken_only_as_needed(executor):
    taken = []

    def endless():
        for i in range(1_000_000):
            taken.append(i)
            yield ("square", i)

    stream = executor.map(work, endless(), patient)
    for _ in range(10):
        next(stream)
    assert len(taken) <= 20
    stream.close()


def test_an_item_may_follow_from_an_outcome(executor):
    """Every square asks for the square of itself, twice over; the items wait for outcomes where they must."""
    ready = [("square", i) for i in range(2, 8)]
    n_out = 0

    def items():
        nonlocal n_out
        while ready or n_out:
            if not ready:
                yield LATER
                continue
            n_out += 1
            yield ready.pop(0)

    found = []
    for outcome in executor.map(work, items(), patient):
        n_out -= 1
        found.append(outcome.value)
        if outcome.value < 100:
            ready.append(("square", outcome.value))
    expected = []
    for i in range(2, 8):
        while i < 100:
            i *= i
            expected.append(i)
    assert sorted(found) == sorted(expected)


def test_waiting_for_no_outcome_is_a_mistake(executor):
    with pytest.raises(RuntimeError):
        list(executor.map(work, [("square", 2), LATER, LATER, LATER, LATER], patient))


def test_items_may_travel_in_batches(executor):
    items = [("square", i) for i in range(25)]
    items[7], items[8] = ("audio error", 0), ("fault", 0)
    outcomes = list(executor.map(work, items, patient, batch_size=4))
    assert sorted(o.item for o in outcomes) == sorted(items)
    assert {o.item for o in outcomes if o.trouble} == {("audio error", 0), ("fault", 0)}
    assert all(o.value == o.item[1] ** 2 for o in outcomes if not o.trouble)


def test_an_executor_is_used_again(executor):
    for n in (3, 1, 5):
        outcomes = executor.map(work, [("square", i) for i in range(n)], patient)
        assert sorted(o.value for o in outcomes) == [i * i for i in range(n)]
    assert next(executor.map(work, [("square", 6), ("square", 7)], patient)).trouble is None  # left early
    assert [o.value for o in executor.map(work, [("square", 9)], patient)] == [81]


def test_want_of_memory_says_nothing_about_the_item(executor):
    (outcome,) = executor.map(work, [("no memory", 0)], patient)
    assert outcome.trouble.stage == KILLED


# Executors whose workers can die without taking this process along.
SURVIVORS = {name: make for name, make in EXECUTORS.items() if "process" in name}
posix_signals = pytest.mark.skipif(sys.platform == "win32", reason="dies by POSIX signals")


@pytest.fixture(params=SURVIVORS)
def survivor(request):
    with SURVIVORS[request.param]() as made:
        yield made


@posix_signals
@pytest.mark.parametrize("name", ["SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE"])
def test_a_crash_costs_one_item(survivor, name):
    number = getattr(signal, name, None)
    items = [("square", 1), ("crash", int(number)), ("square", 2), ("square", 3)]
    outcomes = {o.item: o for o in survivor.map(work, items, patient)}
    assert len(outcomes) == 4
    trouble = outcomes["crash", int(number)].trouble
    assert trouble.stage == "crash" and f"signal {int(number)}" in trouble.cause
    assert [outcomes["square", i].value for i in (1, 2, 3)] == [1, 4, 9]


@posix_signals
def test_a_worker_killed_from_outside_costs_nothing(survivor, tmp_path):
    mark = tmp_path / "mark"
    spans = [("span", 0.2 + i / 1000) for i in range(6)]
    items = [spans[0], ("killed once", str(mark)), *spans[1:]]
    outcomes = {o.item: o for o in survivor.map(work, items, patient)}
    assert len(outcomes) == 7 and all(o.trouble is None for o in outcomes.values())
    began, ended = outcomes["killed once", str(mark)].value
    # Memory may be what was wanting, so nothing else runs while it is tried again.
    assert all(o.value[1] <= began or o.value[0] >= ended for o in outcomes.values() if o.item in spans)


@posix_signals
@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM"])
def test_an_item_whose_workers_are_killed_twice_is_told_apart_from_a_crash(survivor, name):
    item = ("crash", int(getattr(signal, name)))
    outcomes = {o.item: o for o in survivor.map(work, [("square", 2), item, ("square", 3)], patient)}
    assert outcomes[item].trouble == Trouble(
        KILLED, "The worker was killed from outside (perhaps for want of memory)."
    )
    assert [outcomes["square", i].value for i in (2, 3)] == [4, 9]


@posix_signals
def test_a_death_in_a_batch_costs_one_item(survivor, tmp_path):
    crash = ("crash", int(signal.SIGSEGV))
    items = [("square", 1), crash, ("square", 2), ("killed once", str(tmp_path / "mark")), ("square", 3)]
    outcomes = {o.item: o for o in survivor.map(work, items, patient, batch_size=5)}
    assert len(outcomes) == 5
    assert {item for item, outcome in outcomes.items() if outcome.trouble} == {crash}


@posix_signals
def test_a_long_item_keeps_none_waiting_for_one_that_was_killed(tmp_path):
    """While one item takes its time and another waits to be tried again alone, the others go on."""
    items = [
        ("span", 2.5),
        ("killed once", str(tmp_path / "mark")),
        *(("span", 0.01 + i / 1000) for i in range(5)),
    ]
    with ProcessExecutor(2) as executor:
        outcomes = {o.item: o for o in executor.map(work, items, patient)}
    assert all(o.trouble is None for o in outcomes.values())
    assert all(outcomes[item].value[1] < outcomes["span", 2.5].value[1] for item in items[2:])


def test_a_worker_that_leaves_by_itself_is_tried_again_alone(survivor, tmp_path):
    items = [("leaves once", str(tmp_path / "mark")), ("square", 2), ("leaves", 1), ("square", 3)]
    outcomes = {o.item: o for o in survivor.map(work, items, patient)}
    assert {item for item, outcome in outcomes.items() if outcome.trouble} == {("leaves", 1)}
    trouble = outcomes["leaves", 1].trouble
    assert trouble.stage == "crash" and "exit status 1" in trouble.cause
    # What earlier versions filed so was most often the end of a worker that lost a lock; that is tried again.
    assert not says_nothing_of_the_item(trouble.stage, trouble.cause)


@posix_signals
@pytest.mark.parametrize("delay_s", [0.0, 0.05, 0.1, 0.2, 0.4])
def test_workers_killed_as_they_start_cost_nothing(delay_s):
    """For two seconds, every worker that is found is killed ``delay_s`` later."""
    items = [("span", 0.05 + i / 10_000) for i in range(30)]
    with ProcessExecutor(2) as executor:

        def kill_workers():
            end = time.monotonic() + 2.0
            while time.monotonic() < end:
                found = [worker.pid for worker in list(executor.workers)]
                time.sleep(delay_s)
                for pid in found:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                time.sleep(0.2)

        killer = threading.Thread(target=kill_workers)
        killer.start()
        outcomes = list(executor.map(work, items, patient))
        killer.join()
    # Killed twice with the same item is possible while all are; nothing else is.
    assert len(outcomes) == 30 and {o.trouble.stage for o in outcomes if o.trouble} <= {KILLED}


def test_a_script_without_a_guard_is_told_so(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from segue.errors import ExecutionError\n"
        "from segue.execution.processes import ProcessExecutor\n"
        "import sys\n"
        "try:\n"
        "    with ProcessExecutor(2) as executor:\n"
        "        list(executor.map(abs, [1, 2], lambda item: 9.0))\n"
        "except ExecutionError as error:\n"
        "    print(error.code)\n"
    )
    root = Path(__file__).resolve().parents[2]
    environment = os.environ | {"PYTHONPATH": str(root / "src")}
    done = subprocess.run([sys.executable, str(script)], env=environment, capture_output=True, text=True)
    assert done.stdout == "workers-cannot-start\n"


@posix_signals
def test_a_worker_killed_while_it_has_nothing_to_do_costs_nothing(survivor):
    for _ in range(2):
        workers = {o.value for o in survivor.map(work, [("pid", i) for i in range(4)], patient)}
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        time.sleep(0.5)  # let the pool notice
        outcomes = list(survivor.map(work, [("square", i) for i in range(6)], patient))
        assert sorted(o.value for o in outcomes) == [0, 1, 4, 9, 16, 25]


@posix_signals
def test_the_last_item_is_tried_again_too(survivor, tmp_path):
    (outcome,) = survivor.map(work, [("killed once", str(tmp_path / "mark"))], patient)
    assert outcome.trouble is None


def test_a_hang_costs_one_item_and_its_own_time():
    items = [("hang", 0), ("square", 2), ("square", 3)]
    with ProcessExecutor(1) as executor:
        outcomes = {
            o.item: o for o in executor.map(work, items, lambda item: 3.0 if item[0] == "hang" else 60.0)
        }
    assert outcomes["hang", 0].trouble.stage == "timeout"
    assert "3 s" in outcomes["hang", 0].trouble.cause
    assert [outcomes["square", i].value for i in (2, 3)] == [4, 9]


def test_workers_are_held_to_one_thread_and_the_environment_comes_back(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    with ProcessExecutor(1) as executor:
        (outcome,) = executor.map(work, [("threads", 0)], patient)
    assert outcome.value == "1"
    assert os.environ["OMP_NUM_THREADS"] == "7"


def test_leaving_early_ends_the_workers():
    with pytest.raises(KeyboardInterrupt), ProcessExecutor(2) as executor:
        for outcome in executor.map(work, [("square", 1), ("hang", 0), ("hang", 1)], patient):
            assert outcome.value == 1
            raise KeyboardInterrupt


@pytest.mark.skipif(sys.platform == "win32", reason="kills by POSIX signals")
def test_killed_parents_leave_no_workers(tmp_path):
    mark = tmp_path / "worker.pid"
    script = (
        "from tests.execution.tasks import work\n"
        "from segue.execution.processes import ProcessExecutor\n"
        "if __name__ == '__main__':\n"
        "    with ProcessExecutor(1) as executor:\n"
        f"        list(executor.map(work, [('mark', {str(mark)!r})], lambda item: 600.0))\n"
    )
    (tmp_path / "parent.py").write_text(script)
    root = Path(__file__).resolve().parents[2]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(root), str(root / "src")])}
    parent = subprocess.Popen([sys.executable, str(tmp_path / "parent.py")], env=environment)
    try:
        wait_until(mark.exists)
        worker = int(mark.read_text() or wait_until(mark.read_text))
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        wait_until(lambda: not alive(worker))
    finally:
        parent.kill()


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(ready, limit_s=30.0):
    deadline = time.monotonic() + limit_s
    while not (answer := ready()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    return answer


def test_one_place_decides_where_work_runs():
    assert isinstance(default_executor(2), ProcessExecutor)
    assert isinstance(default_executor(2, n_items=100), ProcessExecutor)
    assert isinstance(default_executor(1, n_items=100), SerialExecutor)
    assert isinstance(default_executor(2, n_items=2), SerialExecutor)
    with pytest.raises(ValueError):
        default_executor(0, n_items=2)


def test_one_map_at_a_time():
    with ProcessExecutor(1) as executor:
        outer = executor.map(work, [("square", 1), ("square", 2)], patient)
        next(outer)
        with pytest.raises(RuntimeError):
            list(executor.map(work, [("square", 3)], patient))
        assert [o.value for o in outer] == [4]


def test_no_workers_is_refused():
    with pytest.raises(ValueError):
        ProcessExecutor(0)
