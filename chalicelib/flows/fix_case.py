"""One finding in the hands of a remediator: the readings, the plans, their calls, and what has to follow these."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from chalicelib.errors import AwsRefused, NotDone, Superseded
from chalicelib.flows.acquittal import ExemptionGateways, acquitting, in_words, only
from chalicelib.flows.consent import consented_parts
from chalicelib.flows.intake import RuleGateways
from chalicelib.flows.logbook import Logbook
from chalicelib.flows.own_change import OwnChangeGateways, own_change
from chalicelib.flows.permit import PermitGateways
from chalicelib.messages import AwsCall, Finding, Violation
from chalicelib.resources import Fact, Resource
from chalicelib.rules import Plan, Rule
from chalicelib.trust.exemptions import instant
from chalicelib.trust.holds import covered
from chalicelib.trust.record import Opening

logger = logging.getLogger(__name__)

STAYS = "Someone else, or another remediation, revoked the rule that this was carved from. To remove it, call:"
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
        if not self.logbook.resume(live, is_condemned=bool(self.condemned(live))):
            return live
        self.made.extend(self.logbook.made)
        return self.logbook.before

    def acquit(self, live: Resource | None) -> None:
        """Condemn no more what people have exempted; NotDone where that cannot be read: nothing may be changed."""
        if live is None:
            return
        self.parameters = acquitting(live, self.rule, self.parameters, self.gateways, self.gateways.with_facts)
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
        """The live resource, with all that it takes to judge it; None where there is none."""
        resource = self.gateways.live(self.finding)
        return self._told(resource, self.rule.lacking(resource, self.parameters)) if resource else None

    def prepared(self, resource: Resource | None) -> Resource | None:
        """The resource with all that it takes to plan."""
        return self._told(resource, self.rule.lacking_to_fix(resource, self.parameters)) if resource else None

    def planned(self, resource: Resource | None) -> Plan:
        return self.rule.plan(resource, self.parameters) if resource else Plan()

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

    def condemned(self, resource: Resource | None) -> tuple[str, ...]:
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
