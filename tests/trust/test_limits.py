"""The number of changes in an hour, in any order of events."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.limits.limits import (
    HOUR,
    MOST,
    MOST_PARTS,
    PER_RESOURCE,
    RESERVED,
    Claim,
    Ledger,
    Limits,
    Refusal,
    Use,
    closing,
)

NOW = 1_800_000_000.0
TEN, FIFTY = Limits(10), Limits(50)


def claim(number: int, rule: str = "ports", resource: str = "", holes: str = "") -> Claim:
    """A claim to close `holes`, each named by a letter; by default, one named by the number."""
    return Claim(f"r-{number}", rule, resource or f"sg-{number}", frozenset(holes) or frozenset({str(number)}))


def used(ledger: Ledger, *claims: Claim, limits: Limits = TEN, at: float = NOW) -> Ledger:
    for each in claims:
        answer = ledger.use(each, limits, at)
        assert not isinstance(answer, Refusal), answer
        ledger, _ = answer
    return ledger


def reserved(ledger: Ledger, *claims: Claim, limits: Limits = TEN, at: float = NOW) -> Ledger:
    for each in claims:
        answer = ledger.reserve(each, limits, at)
        assert not isinstance(answer, Refusal), answer
        ledger = answer
    return ledger


def test_past_the_limit_there_is_no_slot_until_the_first_change_is_an_hour_old() -> None:
    ledger = used(Ledger(), *map(claim, range(9)), at=NOW + 60)
    ledger = used(ledger, claim(9), at=NOW)
    refused = ledger.reserve(claim(10), TEN, NOW + 100)
    assert isinstance(refused, Refusal)
    assert (refused.source, refused.seconds) == ("stage", 3500)
    assert ledger.free(TEN, NOW + 3599) == 0
    assert ledger.free(TEN, NOW + 3600) == 1


def test_a_reservation_whose_remediator_died_runs_out_with_the_source_message() -> None:
    ledger = reserved(Ledger(), *map(claim, range(10)))
    assert ledger.free(TEN, NOW + RESERVED - 1) == 0
    assert ledger.free(TEN, NOW + RESERVED) == 10


def test_a_change_counts_from_when_it_was_made_not_from_when_it_was_reserved() -> None:
    ledger = used(reserved(Ledger(), claim(0)), claim(0), at=NOW + 3000)
    assert ledger.free(TEN, NOW + 6599) == 9
    assert ledger.free(TEN, NOW + 6600) == 10


def test_a_remediation_that_is_tried_again_has_one_slot_which_counts_from_its_last_try() -> None:
    ledger = used(used(Ledger(), claim(0)), claim(0), at=NOW + 600)
    assert ledger.free(TEN, NOW + 4199) == 9
    assert ledger.free(TEN, NOW + 4200) == 10


def test_a_reservation_that_has_run_out_needs_a_free_slot_to_be_used() -> None:
    ledger = reserved(Ledger(), claim(0))
    late = NOW + RESERVED
    ledger = used(ledger, *map(claim, range(1, 11)), at=late)
    assert isinstance(ledger.use(claim(0), TEN, late), Refusal)


def test_what_was_not_used_comes_back_and_what_was_used_does_not() -> None:
    ledger = used(reserved(Ledger(), claim(0), claim(1)), claim(1))
    assert ledger.release(claim(0), NOW).release(claim(1), NOW).free(TEN, NOW) == 9


def test_a_use_without_a_change_is_given_back_but_not_a_use_by_another_delivery() -> None:
    first = Ledger().use(claim(0), TEN, NOW)
    assert not isinstance(first, Refusal)
    ledger, use = first
    second = ledger.use(claim(0), TEN, NOW + 1)
    assert not isinstance(second, Refusal)
    both, later = second
    assert ledger.give_back(use, NOW).free(TEN, NOW) == 10
    assert both.give_back(use, NOW + 1) == both
    assert both.give_back(later, NOW + 1).taken(NOW + 1)[0].used_at == NOW


def test_one_rule_gets_half_where_there_is_enough_to_divide() -> None:
    ledger = used(Ledger(), *map(claim, range(25)), limits=FIFTY)
    refused = ledger.reserve(claim(99), FIFTY, NOW)
    assert isinstance(refused, Refusal)
    assert refused.source == "rule ports"
    assert not isinstance(ledger.reserve(claim(99, "buckets"), FIFTY, NOW), Refusal)


def test_a_small_limit_is_not_divided_among_rules() -> None:
    assert used(Ledger(), *map(claim, range(10))).free(TEN, NOW) == 0


def test_one_resource_gets_five_whichever_rules_ask() -> None:
    ledger = used(Ledger(), *(claim(n, f"rule-{n}", "sg-1") for n in range(PER_RESOURCE)))
    refused = ledger.reserve(claim(9, "rule-9", "sg-1"), TEN, NOW)
    assert isinstance(refused, Refusal)
    assert refused.source == "resource sg-1"


def test_closing_the_same_hole_again_and_again_takes_one_slot_and_is_never_refused() -> None:
    ledger = used(Ledger(), *(claim(n, resource="sg-1", holes="a") for n in range(100)), limits=Limits(1))
    assert len(ledger.slots) == 1


def test_a_thousand_distinct_holes_stop_at_the_limit() -> None:
    ledger, refused = Ledger(), 0
    for number in range(1000):
        answer = ledger.use(claim(number), Limits(10), NOW)
        refused += isinstance(answer, Refusal)
        ledger = ledger if isinstance(answer, Refusal) else answer[0]
    assert (len(ledger.slots), refused) == (10, 990)


def test_the_same_hole_of_another_resource_is_another_hole() -> None:
    ledger = used(Ledger(), claim(1, resource="sg-1", holes="a"), limits=Limits(1))
    assert isinstance(ledger.use(claim(2, resource="sg-2", holes="a"), Limits(1), NOW), Refusal)


def test_a_hole_that_is_wider_than_before_needs_a_slot_and_a_part_of_what_was_closed_needs_none() -> None:
    ledger = used(Ledger(), claim(1, resource="sg-1", holes="ab"), limits=Limits(2))
    ledger = used(ledger, claim(2, resource="sg-1", holes="b"), limits=Limits(2))
    assert len(ledger.slots) == 1
    ledger = used(ledger, claim(3, resource="sg-1", holes="abc"), limits=Limits(2))
    assert len(ledger.slots) == 2
    assert isinstance(ledger.use(claim(4, resource="sg-1", holes="d"), Limits(2), NOW), Refusal)


def test_a_remediation_that_finds_a_wider_hole_at_its_next_try_needs_another_slot() -> None:
    ledger = used(Ledger(), claim(1, holes="a"), limits=Limits(1))
    assert isinstance(ledger.use(claim(1, holes="ab"), Limits(1), NOW), Refusal)
    assert len(used(ledger, claim(1, holes="ab"), limits=Limits(2)).slots) == 2


def test_the_hour_of_a_slot_restarts_each_time_its_violation_is_closed() -> None:
    ledger = used(Ledger(), claim(1, resource="sg-1", holes="a"))
    ledger = used(ledger, claim(2, resource="sg-1", holes="a"), at=NOW + 3000)
    assert ledger.free(TEN, NOW + 6599) == 9
    assert ledger.free(TEN, NOW + 6600) == 10


def test_a_reservation_for_what_was_closed_before_comes_back_once_that_is_found() -> None:
    ledger = reserved(used(Ledger(), claim(1, resource="sg-1", holes="a")), claim(2, resource="sg-1", holes="b"))
    assert ledger.free(TEN, NOW) == 8
    assert used(ledger, claim(2, resource="sg-1", holes="a")).free(TEN, NOW) == 9


def test_a_remediator_that_dies_between_its_slot_and_its_change_leaves_one_slot_for_both_deliveries() -> None:
    ledger = used(reserved(Ledger(), claim(1, holes="a"), limits=Limits(1)), claim(1, holes="a"), limits=Limits(1))
    ledger = used(ledger, claim(1, holes="a"), limits=Limits(1), at=NOW + 120)
    assert [slot.used_at for slot in ledger.slots] == [NOW + 120]


def test_a_repetition_that_aws_refused_leaves_the_slot_as_it_was() -> None:
    ledger = used(Ledger(), claim(1, resource="sg-1", holes="a"))
    answer = ledger.use(claim(2, resource="sg-1", holes="a"), TEN, NOW + 60)
    assert not isinstance(answer, Refusal)
    again, use = answer
    assert again.give_back(use, NOW + 60) == ledger


def test_more_parts_than_a_slot_holds_are_one_hash_which_is_another_for_a_wider_hole() -> None:
    many = [f"{number:08x}" for number in range(MOST_PARTS + 2)]
    assert len(closing(many[:MOST_PARTS])) == MOST_PARTS
    assert len(closing(many)) == 1
    assert closing(many) == closing(reversed(many)) != closing(many[:-1])


def test_a_person_lets_waiting_work_through_and_the_hour_restarts() -> None:
    ledger = reserved(used(Ledger(), *map(claim, range(9))), claim(9)).lift(20, NOW)
    assert ledger.free(TEN, NOW) == 29
    assert ledger.free(TEN, NOW + HOUR) == 9


def test_nobody_lets_through_more_than_a_table_can_hold() -> None:
    assert Ledger().lift(10_000, NOW).free(TEN, NOW) == 10 + MOST


def test_what_a_person_lets_through_is_not_held_up_by_a_rules_share() -> None:
    ledger = used(Ledger(), *map(claim, range(25)), limits=FIFTY).lift(40, NOW)
    assert len(used(ledger, *map(claim, range(100, 190)), limits=FIFTY).slots) == 90


def test_people_are_told_once_until_an_hour_has_passed_without() -> None:
    refusal = Refusal("stage", "why", 60)
    ledger, news = Ledger(), []
    for at in (NOW, NOW + 3000, NOW + 6500, NOW + 6500 + HOUR):
        news.append(ledger.is_news(refusal, at))
        ledger = ledger.found(refusal, at)
    assert news == [True, False, False, True]


def test_a_limit_that_stays_reached_is_recorded_at_most_every_five_minutes() -> None:
    refusal = Refusal("stage", "why", 60)
    ledger = Ledger().found(refusal, NOW)
    assert ledger.found(refusal, NOW + 299) is ledger
    assert ledger.found(refusal, NOW + 300).told == {"stage": NOW + 300}


def test_each_source_is_reported_and_all_again_after_the_limit_is_lifted() -> None:
    ledger = Ledger().found(Refusal("stage", "why", 60), NOW)
    assert ledger.is_news(Refusal("resource sg-1", "why", 60), NOW)
    assert not ledger.is_news(Refusal("stage", "why", 60), NOW)
    assert ledger.lift(0, NOW).is_news(Refusal("stage", "why", 60), NOW)


@dataclass
class Stage:
    """A stage with random events, compared with a simple model."""

    limits: Limits
    now: float = NOW
    ledger: Ledger = field(default_factory=Ledger)
    uses: list[Use] = field(default_factory=list)

    def happens(self, event: str, who: Claim, seconds: float) -> None:
        self.now += seconds
        getattr(self, event)(who)

    def reserve(self, who: Claim) -> None:
        answer = self.ledger.reserve(who, self.limits, self.now)
        self.ledger = self.ledger if isinstance(answer, Refusal) else answer

    def use(self, who: Claim) -> None:
        answer = self.ledger.use(who, self.limits, self.now)
        if not isinstance(answer, Refusal):
            self.ledger, use = answer
            self.uses.append(use)

    def give_back(self, who: Claim) -> None:
        last = next((use for use in reversed(self.uses) if use.claim == who), None)
        if last:
            self.ledger = self.ledger.give_back(last, self.now)
            self.uses.remove(last)

    def release(self, who: Claim) -> None:
        self.ledger = self.ledger.release(who, self.now)

    def most_in_an_hour(self, **of: str) -> int:
        uses = [use for use in self.uses if all(getattr(use.claim, key) == value for key, value in of.items())]
        hours = ([use.claim for use in uses if start.at <= use.at < start.at + HOUR] for start in uses)
        return max((len({(each.resource, *each.closes) for each in hour}) for hour in hours), default=0)


RULES, RESOURCES = ("ports", "buckets"), ("a", "b", "c")
CLAIMS = [
    Claim(f"r-{rule}-{resource}-{n}", rule, resource, frozenset({f"{rule}-{n // 2}"}))
    for rule in RULES
    for resource in RESOURCES
    for n in range(4)
]
EVENTS = st.tuples(
    st.sampled_from(["reserve", "reserve", "use", "use", "give_back", "release"]),
    st.sampled_from(CLAIMS),
    st.sampled_from([1.0, 60.0, 900.0, 1800.0, 3600.0]),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(EVENTS, max_size=60), st.sampled_from([1, 2, 9]))
def test_in_no_hour_are_more_holes_closed_than_the_limit_nor_more_of_one_resource_than_five(
    events: list[tuple[str, Claim, float]], limit: int
) -> None:
    stage = Stage(Limits(limit))
    for event in events:
        stage.happens(*event)
    assert stage.most_in_an_hour() <= limit
    assert all(stage.most_in_an_hour(resource=resource) <= PER_RESOURCE for resource in RESOURCES)


MANY = st.tuples(
    st.just("use"), st.builds(lambda n: claim(n, RULES[n % 2]), st.integers(0, 60)), st.sampled_from([1.0, 90.0])
)


@settings(max_examples=100, deadline=None)
@given(st.lists(MANY, min_size=20, max_size=60))
def test_in_no_hour_does_one_rule_have_more_than_half_of_what_is_enough_to_divide(
    events: list[tuple[str, Claim, float]],
) -> None:
    stage = Stage(Limits(20))
    for event in events:
        stage.happens(*event)
    assert stage.most_in_an_hour() <= 20
    assert all(stage.most_in_an_hour(rule=rule) <= 10 for rule in RULES)


@settings(max_examples=100, deadline=None)
@given(st.lists(EVENTS, max_size=40))
def test_every_slot_comes_back(events: list[tuple[str, Claim, float]]) -> None:
    stage = Stage(Limits(5))
    for event in events:
        stage.happens(*event)
    assert stage.ledger.free(stage.limits, stage.now + RESERVED) == 5


@settings(max_examples=100, deadline=None)
@given(st.permutations(CLAIMS[::2]), st.permutations(CLAIMS[::2]))
def test_as_many_get_a_slot_in_whatever_order_they_come_and_go(come: list[Claim], go: list[Claim]) -> None:
    stage = Stage(Limits(5))
    for each in come:
        stage.reserve(each)
    assert stage.ledger.free(stage.limits, stage.now) == 0
    for each in go:
        stage.release(each)
    assert stage.ledger.free(stage.limits, stage.now) == 5
