import itertools

import pytest

from chalicelib.errors import NotDone
from chalicelib.rules.inventories import remembered


def test_what_is_remembered_is_read_once() -> None:
    numbers = itertools.count()
    recall = remembered(lambda: next(numbers), seconds=60)
    assert [recall(), recall(), recall()] == [0, 0, 0]


def test_what_is_to_be_remembered_for_no_time_is_read_each_time() -> None:
    numbers = itertools.count()
    recall = remembered(lambda: next(numbers), seconds=0)
    assert [recall(), recall()] == [0, 1]


def test_each_question_is_remembered_by_itself() -> None:
    asked: list[str] = []
    recall = remembered(lambda name: asked.append(name) or name.upper(), seconds=60)
    assert [recall("a"), recall("b"), recall("a")] == ["A", "B", "A"]
    assert asked == ["a", "b"]


def test_that_it_failed_is_remembered_too() -> None:
    numbers = itertools.count()

    def fail() -> int:
        raise NotDone(f"timed out {next(numbers)}")

    recall = remembered(fail, seconds=60)
    for _ in range(2):
        with pytest.raises(NotDone, match="timed out 0"):
            recall()
