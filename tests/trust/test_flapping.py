"""When a violation counts as flapping, in whatever order its fixes are recorded."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.findings import Violation
from chalicelib.flapping.flapping import DAY, HOUR, KEPT, History, Known, violation_key

NOW = 1_800_000_000.0
TIMES = st.lists(st.integers(0, 200).map(lambda hours: NOW + hours * HOUR), max_size=12)


def history(*times: float) -> History:
    told = History()
    for number, at in enumerate(times):
        told = told.fixed(f"r-{number}", "tcp 22 is open", at)
    return told


def test_a_violation_flaps_for_a_day_after_the_third_fix_within_a_day() -> None:
    fought = history(NOW, NOW + 10 * HOUR, NOW + DAY)
    assert fought.flapping_until == NOW + 2 * DAY
    assert fought.is_flapping(NOW + 2 * DAY - 1)
    assert not fought.is_flapping(NOW + 2 * DAY)


def test_three_fixes_in_more_than_a_day_are_not_flapping() -> None:
    assert not history(NOW, NOW + HOUR, NOW + DAY + 1).is_flapping(NOW + DAY + 1)


def test_the_first_fix_after_flapping_has_ended_is_not_flapping() -> None:
    ended = history(NOW, NOW + 1, NOW + 2).flapping_until
    again = history(NOW, NOW + 1, NOW + 2, ended, ended + 1)
    assert not again.is_flapping(ended + 1)
    assert history(NOW, NOW + 1, NOW + 2, ended, ended + 1, ended + 2).is_flapping(ended + 2)


def test_a_decision_ends_flapping_and_three_more_fixes_restart_it() -> None:
    decided = history(NOW, NOW + 1, NOW + 2).decided(NOW + 3)
    assert not decided.is_flapping(NOW + 3)
    for number in range(2):
        decided = decided.fixed(f"later-{number}", "why", NOW + 4 + number)
    assert not decided.is_flapping(NOW + 5)
    assert decided.fixed("third", "why", NOW + 6).is_flapping(NOW + 6)


def test_people_are_told_of_a_resource_at_once_and_hourly_from_then_on_however_often_it_is_fixed() -> None:
    def is_due(at: float, **histories: History) -> bool:
        return Known(histories, at).is_reminder_due

    fought = history(NOW, NOW + 1, NOW + 2)
    assert is_due(NOW + 3, ssh=fought)
    told = fought.reminded(NOW + 3)
    for number in range(100):
        told = told.fixed(f"again-{number}", "why", NOW + 4 + number)
    assert not is_due(NOW + 3 + HOUR - 1, ssh=told)
    assert not is_due(NOW + 3 + HOUR - 1, ssh=told, rdp=history(NOW, NOW + 1, NOW + 2))
    assert is_due(NOW + 3 + HOUR, ssh=told)
    assert is_due(NOW + 200, ssh=told.decided(NOW + 150))


@given(TIMES, st.randoms(use_true_random=False))
def test_the_order_in_which_fixes_are_told_does_not_matter(times: list[float], chance: st.DataObject) -> None:
    recent = [at for at in times if max(times) - at < DAY]
    shuffled = list(recent)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert history(*shuffled).flapping_until == history(*recent).flapping_until


@given(TIMES)
def test_a_violation_flaps_exactly_while_a_third_fix_within_a_day_is_less_than_a_day_old(times: list[float]) -> None:
    now = max(times, default=NOW) + HOUR
    ordered = sorted(times)
    thirds = [ordered[n] for n in range(2, len(ordered)) if ordered[n] - ordered[n - 2] <= DAY]
    assert history(*ordered).is_flapping(now) == any(now < third + DAY for third in thirds)


@given(TIMES)
def test_a_fix_that_is_told_twice_counts_once(times: list[float]) -> None:
    ordered = sorted(times)
    twice = history(*ordered)
    for number, at in enumerate(ordered):
        twice = twice.fixed(f"r-{number}", "tcp 22 is open", at) if max(ordered) - at < DAY else twice
    assert twice.flapping_until == history(*ordered).flapping_until


def test_a_violation_is_the_same_whatever_its_words_and_another_for_another_rule_or_port() -> None:
    def key(rule: str = "ports", port: int = 22, reason: str = "why") -> str:
        return violation_key(rule, Violation("EC2_SG_PROHIBITED_PORT", {"reason": reason, "fromPort": port}))

    assert key(reason="in other words") == key()
    assert len({key(), key(rule="other"), key(port=3389)}) == 3


def test_a_violation_that_is_opened_again_thousands_of_times_is_remembered_by_its_latest_fixes() -> None:
    fought = history(*(NOW + number for number in range(3000)))
    assert len(fought.fixes) == KEPT
    assert fought.flapping_until == NOW + 2999 + DAY
