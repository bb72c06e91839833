"""One finding in the hands of a remediator: the readings, the plans, their calls, and what has to follow these."""

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

STAYS = "Someone else, or another remediation, revoked the rule that this was carved from. To remove it, call:"
VETOES = frozenset({Fact.POLICY_STATUS})
"""What a plan needs for a part of the resource alone; where AWS refuses another fact, nothing is changed at all."""
NO_JOURNAL = "This stage has no journal: the changes are recorded only here and in the log."


class FixGateways(ExemptionGateways, PermitGateways, OwnChangeGateways, RuleGateways, Protocol):
    """What `fix` needs of the outside."""

    def live(self, finding: Finding) -> Resource | None: ...

    def with_facts(self, resource: Resource, facts: frozenset[Fact]) -> Resource: ...

    def make(self, call: AwsCall, seen: Resource) -> Mapping[str, Any]: ...


@dataclass
class Case:
    """One finding, the rule that judges it, the rule's parameters as they are now, and what was done so far.

    Attributes
    ----------
    texts : Mapping
        The rule's parameters as they are written.
    made : list of AwsCall
        The calls of plans, of earlier deliveries, too, without those that had no lasting effect.
    taken_back : list of AwsCall
        The calls that undid a part of a plan, since someone was faster.
    notes : list of str
        What AWS did beyond the plans, or beside them.
    unverified : tuple of Obstacle
        Why nothing at all may be changed: it is not known whether the resource is exempt.
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
    beside: Finding | None = None
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
        """Go on with what an earlier delivery has begun, if one has; the resource as it was before all that."""
        if not self.logbook.resume(live, is_condemned=bool(self.reasons(live))):
            return live
        self.made.extend(self.logbook.made)
        return self.logbook.before

    def exempt(self, live: Resource | None) -> None:
        """Leave alone what people have exempted; raise where that cannot be read: nothing may be changed."""
        if live is None:
            return
        self.parameters, tags = exempting(live, self.rule, self.parameters, self.gateways, self.gateways.with_facts)
        self.unverified = (_perhaps_exempt(tags),) if tags else ()
        if tags and not tags.is_final:
            raise NotDone(f"{could_not_be_read((tags,))}, so nothing is changed: {tags.reason}")
        if not self.found(live):
            self.notes.extend(in_words(self.rule.exempted(live, self.parameters)))

    def leave_undecided(self, live: Resource | None) -> None:
        """Leave alone what nobody has let go on, where the rest has its approval or its grace: that waits beside."""
        found = self.found(live)
        if live is None or not found:
            return
        parts = consented_parts(self.as_found(found, Plan()), self.gateways)
        if parts is None or covered(found) <= parts:
            return
        instant_now = instant(self.gateways.timestamp(), "timestamp")
        narrowed = only(live, self.rule, self.parameters, parts, instant_now)
        if narrowed is not None:
            self.beside = self.as_found(found, self.planned(self.prepared(live)))
            self.parameters = narrowed
            rest = [each.reason for each in found if not covered([each]) <= parts]
            self.notes.append(f"Left as it is until somebody decides: {'; '.join(rest)}")

    def read(self) -> Resource | None:
        """The live resource, with all of it that AWS gives; None where there is none.

        Raises
        ------
        NotDone
            AWS does not give some of it now, and may another time.
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
        """The resource with all of what it takes to plan that AWS gives."""
        if resource is None:
            return None
        facts = self.rule.lacking_to_fix(resource, self.parameters)
        resource = with_facts(resource, facts & VETOES, self.gateways.with_facts)
        demand_read(resource)
        return self._told(resource, facts - VETOES)

    def planned(self, resource: Resource | None) -> Plan:
        """What is to be done about the resource; nothing where it is not known whether it is exempt."""
        if resource is None:
            return Plan()
        plan = self.rule.plan(resource, self.parameters)
        return replace(plan, calls=(), notes=(), obstacles=self.unverified) if self.unverified else plan

    def apply(self, plan: Plan, seen: Resource) -> None:
        """Make the plan's calls; Superseded where what they would overwrite is no longer as it was `seen`."""
        seen = self._told(seen, self.logbook.lacking(seen))
        self.logbook.open(Opening(self.finding, self.texts, seen, plan.calls, plan.notes))
        passed = self.logbook.made
        for call in plan.calls:
            try:
                answer = self.logbook.make(call, seen, self.gateways.make)
            except Superseded as overtaken:
                self.taken_back.extend(self._repair(seen, passed, call, overtaken.answer))
                raise
            self._repair(seen, passed, call, answer)
            passed.append(call)

    def mention_what_stays(self, live: Resource | None) -> None:
        """Tell of what an earlier delivery has put back for an entry that it never came to revoke.

        Somebody else has revoked that entry meanwhile. It may have been another remediation of ours, which counted on
        what was put back: so that stays, and a person decides.
        """
        earlier = self.logbook.made
        if live and earlier:
            calls = self.rule.repairs(live, tuple(earlier), earlier[-1], None).calls
            self.notes.extend(f"{STAYS} {json.dumps(call.to_json())}" for call in calls)

    def _repair(
        self, seen: Resource, passed: list[AwsCall], call: AwsCall, answer: Mapping[str, Any] | None
    ) -> tuple[AwsCall, ...]:
        """Do what has to follow a call by AWS's answer to it; None: AWS refused it."""
        repair = self.rule.repairs(seen, tuple(passed), call, answer)
        for each in repair.calls:
            self._demand(each, seen)
        made = self.made if answer is None else [*self.made, call]
        self.made[:] = [each for each in made if each not in repair.undone]
        self.notes.extend(repair.notes)
        return repair.calls

    def _demand(self, call: AwsCall, seen: Resource) -> None:
        """Make a call that no later delivery would make; where it fails, a person has to."""
        try:
            self.logbook.make(call, seen, self.gateways.make)
        except Superseded:
            logger.info("it was made by another remediation, or by somebody else: %s", call)
        except (AwsRefused, NotDone) as error:
            by_hand = f"Make this call by hand: {json.dumps(call.to_json())}"
            raise AwsRefused(f"A change could not be put back: {error}", by_hand) from error

    def fixed_by_another(self, found: Sequence[Violation]) -> str:
        """The id of the remediation of this stage that has closed what was `found`; empty where none has."""
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
    def told(self) -> tuple[str, ...]:
        """What people should know beside the plans' notes."""
        untold = (NO_JOURNAL,) if self.made and not self.logbook.is_kept else ()
        return (*self.notes, *self.logbook.notes, *untold)

    def _told(self, resource: Resource, facts: frozenset[Fact]) -> Resource:
        return self.gateways.with_facts(resource, facts) if facts else resource


def _perhaps_exempt(tags: Unread) -> Obstacle:
    """Why nothing is changed about a resource whose tags could not be read."""
    reason = f"It may be exempt: {could_not_be_read((tags,))}, so nothing is changed. {tags.reason}"
    return Obstacle(reason, tags.next_step)
