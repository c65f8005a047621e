import threading

from reading.memory import Budget


def test_no_more_is_taken_at_once_than_there_is() -> None:
    budget, lock = Budget(100), threading.Lock()
    total, most = 0, 0

    def take(count: int) -> None:
        nonlocal total, most
        with budget.taking(count):
            with lock:
                total += count
                most = max(most, total)
            with lock:
                total -= count

    threads = [threading.Thread(target=take, args=(count,)) for count in [30, 60, 90] * 40]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (total, most <= 100) == (0, True)


def test_what_exceeds_the_total_is_let_in_alone() -> None:
    budget, entered, leave = Budget(100), threading.Event(), threading.Event()

    def take_too_much() -> None:
        with budget.taking(1000):
            entered.set()
            leave.wait()

    large = threading.Thread(target=take_too_much)
    with budget.taking(1):
        large.start()
        assert not entered.wait(0.05)
    entered.wait()
    small = threading.Thread(target=lambda: budget.taking(1).__enter__())
    small.start()
    small.join(0.05)
    assert small.is_alive()
    leave.set()
    large.join()
    small.join()
