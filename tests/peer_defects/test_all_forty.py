"""Every defect has a test, and the tests are in the order of the defects' numbers."""

import re
from itertools import chain
from pathlib import Path

FILES = ("test_security_groups", "test_buckets", "test_bucket_limits", "test_pipeline")


def numbers(file: str) -> list[int]:
    text = Path(__file__).with_name(f"{file}.py").read_text()
    return [int(number) for number in re.findall(r"^def test_(\d\d)_", text, re.MULTILINE)]


def test_each_of_the_forty_defects_has_a_test_and_they_stand_in_order() -> None:
    found = list(chain.from_iterable(map(numbers, FILES)))
    assert found == sorted(found)
    assert set(found) == set(range(1, 41))
