import itertools

from chalicelib.gateways.inventories import remembered


def test_what_is_remembered_is_read_once() -> None:
    numbers = itertools.count()
    recall = remembered(lambda: next(numbers), seconds=60)
    assert [recall(), recall(), recall()] == [0, 0, 0]


def test_what_is_to_be_remembered_for_no_time_is_read_each_time() -> None:
    numbers = itertools.count()
    recall = remembered(lambda: next(numbers), seconds=0)
    assert [recall(), recall()] == [0, 1]
