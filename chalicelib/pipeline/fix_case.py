"""The state of one fix: the readings, the plans, their calls and the repairs that follow them."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from chalicelib.approvals.consent import consented_parts
from chalicelib.approvals.holds import covered
from chalicelib.errors import AwsRefused, Gone, NotDone, Superseded
from chalicelib.exemptions.exemptions import instant
from chalicelib.findings import AwsCall, Finding, Violation
from chalicelib.journal.record import Opening
from chalicelib.pipeline.exempting import ExemptionGateways, exempting, in_words, only
from chalicelib.pipeline.facts import completed, demand_read, with_facts
from chalicelib.pipeline.intake import RuleGateways
from chalicelib.pipeline.logbook import Logbook
from chalicelib.pipeline.own_change import OwnChangeGateways, own_change
from chalicelib.pipeline.permit import PermitGateways
from chalicelib.resources import Bucket, Fact, Resource, Unread, could_not_be_read
from chalicelib.rules import Obstacle, Plan, Rule

logger = logging.getLogger(__name__)

STAYS = "Somebody else, or another remediation, revoked the rule of which this one is a part. To remove it, call:"
VETOES = frozenset({Fact.POLICY_STATUS})
"""Facts that only a part of a plan needs. If AWS refuses any other fact, nothing is changed."""
NO_JOURNAL = "This stage has no journal: the changes are recorded only here and in the log."


class FixGateways(ExemptionGateways, PermitGateways, OwnChangeGateways, RuleGateways, Protocol):
    """What `fix` needs of the outside."""

    def live(self, finding: Finding) -> Resource | None: ...

    def with_facts(self, resource: Resource, facts: frozenset[Fact]) -> Resource: ...

    def make(self, call: AwsCall, seen: Resource) -> Mapping[str, Any]: ...


@dataclass
class Case:
    """One finding, its rule, the rule's current parameters, and the changes so far.

    Attributes
    ----------
    texts : Mapping
        The rule's parameters as texts.
    made : list of AwsCall
        The calls of plans that had a lasting effect, including those of earlier deliveries.
    taken_back : list of AwsCall
        The calls that undid a part of a plan since somebody else changed the resource first.
    notes : list of str
        Effects outside the plans, for people.
    unverified : tuple of Obstacle
        Why nothing may be changed: it is unknown whether the resource is exempt.
    """

    finding: Finding
    rule: Rule
    parameters: Any
    texts: Mapping[str, str]
    gateways: FixGateways
    logbook: Logbook
    made: list[AwsCall] = field(default_factory=list)
    taken_back: list[AwsCall] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    undecided: Finding | None = None
    unverified: tuple[Obstacle, ...] = ()

    @property
    def has_begun(self) -> bool:
        """Whether anything was changed."""
        return bool(self.made or self.taken_back)

    @property
    def is_journaled(self) -> bool:
        return self.logbook.is_kept

    @property
    def change_id(self) -> str:
        return self.logbook.record_id

    def as_found(self, found: Sequence[Violation], plan: Plan) -> Finding:
        """The finding as it would be raised now."""
        return replace(
            self.finding,
            violations=tuple(found),
            required_steps=plan.calls,
            notes=plan.notes,
            rule_parameters=self.texts,
        )

    def resume(self, live: Resource | None) -> Resource | None:
        """Continue what an earlier delivery began, if one did; the resource before the first change."""
        if not self.logbook.resume(live, is_non_compliant=bool(self.reasons(live))):
            return live
        self.made.extend(self.logbook.made)
        return self.logbook.before

    def exempt(self, live: Resource | None) -> None:
        """Leave alone what is exempt; NotDone if the exemptions cannot be read, since nothing may be changed then."""
        if live is None:
            return
        self.parameters, tags = exempting(live, self.rule, self.parameters, self.gateways, self.gateways.with_facts)
        self.unverified = (_perhaps_exempt(tags),) if tags else ()
        if tags and not tags.is_final:
            raise NotDone(f"{could_not_be_read((tags,))}, so nothing is changed: {tags.reason}")
        if not self.found(live):
            self.notes.extend(in_words(self.rule.exempted(live, self.parameters)))

    def leave_undecided(self, live: Resource | None) -> None:
        """Leave alone what lacks a consent, if the rest has one: it waits in a hold."""
        found = self.found(live)
        if live is None or not found:
            return
        parts = consented_parts(self.as_found(found, Plan()), self.gateways)
        if parts is None or covered(found) <= parts:
            return
        instant_now = instant(self.gateways.timestamp(), "timestamp")
        narrowed = only(live, self.rule, self.parameters, parts, instant_now)
        if narrowed is not None:
            self.undecided = self.as_found(found, self.planned(self.prepared(live)))
            self.parameters = narrowed
            rest = [each.reason for each in found if not covered([each]) <= parts]
            self.notes.append(f"Not changed until somebody decides: {'; '.join(rest)}")

    def read(self) -> Resource | None:
        """The live resource with all facts that decide; None if it does not exist.

        Raises
        ------
        NotDone
            A fact could not be read, and a retry may succeed.
        """
        try:
            resource = self.gateways.live(self.finding)
            if resource is None:
                return None
            if isinstance(resource, Bucket):
                resource = with_facts(resource, resource.missing, self.gateways.with_facts)
            resource = completed(resource, self.rule, self.parameters, self.gateways.with_facts)
        except Gone:
            return None
        demand_read(resource)
        return resource

    def prepared(self, resource: Resource | None) -> Resource | None:
        """The resource with the facts that a plan needs."""
        if resource is None:
            return None
        facts = self.rule.lacking_to_fix(resource, self.parameters)
        resource = with_facts(resource, facts & VETOES, self.gateways.with_facts)
        demand_read(resource)
        return self._with_facts(resource, facts - VETOES)

    def planned(self, resource: Resource | None) -> Plan:
        """The plan for the resource; it has no calls if it is unknown whether the resource is exempt."""
        if resource is None:
            return Plan()
        plan = self.rule.plan(resource, self.parameters)
        return replace(plan, calls=(), notes=(), obstacles=self.unverified) if self.unverified else plan

    def apply(self, plan: Plan, seen: Resource) -> None:
        """Make the plan's calls; Superseded if what they would overwrite has changed since it was `seen`."""
        seen = self._with_facts(seen, self.logbook.lacking(seen))
        self.logbook.open(Opening(self.finding, self.texts, seen, plan.calls, plan.notes))
        earlier = self.logbook.made
        for call in plan.calls:
            try:
                answer = self.logbook.make(call, seen, self.gateways.make)
            except Superseded as superseded:
                self.taken_back.extend(self._repair(seen, earlier, call, superseded.answer))
                raise
            self._repair(seen, earlier, call, answer)
            earlier.append(call)

    def note_restored_rules(self, live: Resource | None) -> None:
        """Note the rules that an earlier delivery added in place of a rule that it did not get to revoke.

        Meanwhile, somebody else has revoked that rule. It may have been another remediation of ours, which relies on
        the added rules: so they stay, and a person decides.
        """
        earlier = self.logbook.made
        if live and earlier:
            calls = self.rule.repairs(live, tuple(earlier), earlier[-1], None).calls
            self.notes.extend(f"{STAYS} {json.dumps(call.to_json())}" for call in calls)

    def _repair(
        self, seen: Resource, earlier: list[AwsCall], call: AwsCall, answer: Mapping[str, Any] | None
    ) -> tuple[AwsCall, ...]:
        """Make the calls that must follow a call, given AWS's response to it; None if AWS refused it."""
        repair = self.rule.repairs(seen, tuple(earlier), call, answer)
        for each in repair.calls:
            self._make_repair(each, seen)
        made = self.made if answer is None else [*self.made, call]
        self.made[:] = [each for each in made if each not in repair.undone]
        self.notes.extend(repair.notes)
        return repair.calls

    def _make_repair(self, call: AwsCall, seen: Resource) -> None:
        """Make a call that no later delivery would make; if it fails, a person must make it."""
        try:
            self.logbook.make(call, seen, self.gateways.make)
        except Superseded:
            logger.info("another remediation or somebody else made the call: %s", call)
        except (AwsRefused, NotDone) as error:
            by_hand = f"Make this call manually: {json.dumps(call.to_json())}"
            raise AwsRefused(f"A change could not be reverted: {error}", by_hand) from error

    def fixed_by_another(self, found: Sequence[Violation]) -> str:
        """The ID of the remediation of this stage that closed what was `found`; empty if there is none."""
        record = self.logbook.record
        open_record = self.logbook.record_id if record and not record.closing else ""
        return own_change(self.finding, found, self.rule, open_record, self.gateways)

    def found(self, resource: Resource | None) -> tuple[Violation, ...]:
        return self.rule.violations(resource, self.parameters) if resource else ()

    def reasons(self, resource: Resource | None) -> tuple[str, ...]:
        return tuple(violation.reason for violation in self.found(resource))

    def lines(self, resource: Resource | None) -> tuple[str, ...]:
        return self.rule.lines(resource, self.parameters) if resource else ()

    @property
    def all_notes(self) -> tuple[str, ...]:
        """The notes for people, except the plans'."""
        more = (NO_JOURNAL,) if self.made and not self.logbook.is_kept else ()
        return (*self.notes, *self.logbook.notes, *more)

    def _with_facts(self, resource: Resource, facts: frozenset[Fact]) -> Resource:
        return self.gateways.with_facts(resource, facts) if facts else resource


def _perhaps_exempt(tags: Unread) -> Obstacle:
    """Why a resource whose tags could not be read is not changed."""
    reason = f"It may be exempt: {could_not_be_read((tags,))}, so nothing is changed. {tags.reason}"
    return Obstacle(reason, tags.next_step)
