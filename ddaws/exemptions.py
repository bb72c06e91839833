"""Grant, list and remove exemptions."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.approvals.holds import Hold, covered
from chalicelib.aws.config_service import ConfigService
from chalicelib.errors import AwsRefused, BadInput
from chalicelib.exemptions.exemptions import Exemption, as_text, in_force, resource_key
from chalicelib.exemptions.remind import news
from chalicelib.exemptions.scopes import StoredScope
from chalicelib.exemptions.store import Exemptions
from chalicelib.findings import Finding
from chalicelib.notify import ExemptionEvent
from chalicelib.pipeline.exempting import only
from chalicelib.resources import S3_BUCKET, SECURITY_GROUP, Resource
from chalicelib.rules import RULES, Rule, live
from ddaws import stops
from ddaws.account import error_code
from ddaws.deploy import rules_file
from ddaws.plan import Target
from ddaws.progress import Progress
from ddaws.terminal import Cell, Terminal

type NonCompliant = tuple[str, StoredScope]

BUSY = ("LimitExceededException", "ResourceInUseException")
PATIENCE_SECONDS, RETRY_SECONDS = 75, 5
"""AWS Config evaluates a rule on demand at most once a minute."""


@dataclass(frozen=True)
class Evaluated:
    """A resource with the facts that a Config rule needs, and the rule's parameters, without and with exemptions."""

    resource: Resource
    texts: Mapping[str, str]
    parameters: Any


@dataclass(frozen=True)
class Subject:
    """A resource of the account, and the rule that evaluates it."""

    target: Target
    resource_id: str
    kind: str = ""

    @property
    def resource_type(self) -> str:
        """The given type, or the type that the ID's form implies."""
        return self.kind or (SECURITY_GROUP if self.resource_id.startswith("sg-") else S3_BUCKET)

    @property
    def rule(self) -> Rule:
        [rule] = [each for each in RULES if each.resource_type == self.resource_type]
        return rule

    @cached_property
    def live(self) -> Resource:
        """The resource as it is now; BadInput if it does not exist."""
        account = self.target.account
        found: Resource | None = live.reader(self.resource_type, account.account_id, account.region).get(
            self.resource_id
        )
        if found is None:
            raise BadInput("RESOURCE", self.resource_id, "a security group's id or a bucket's name of this account")
        return found

    def demand_region(self) -> None:
        """BadInput for a bucket of another region: S3 answers in every region, but that region's stage evaluates it."""
        if self.live.resource_type != S3_BUCKET:
            return
        account = self.target.account
        answer = account.client("s3").get_bucket_location(
            Bucket=self.resource_id, ExpectedBucketOwner=account.account_id
        )
        location = answer.get("LocationConstraint") or "us-east-1"
        region = "eu-west-1" if location == "EU" else str(location)
        if region != account.region:
            where = f"a bucket of {account.region}; this one is in {region} (--region {region})"
            raise BadInput("RESOURCE", self.resource_id, where)

    def non_compliant(self) -> tuple[NonCompliant, ...]:
        """What the stage's Config rules find non-compliant about it now, without what is exempt."""
        return self._scopes(self._evaluated.values())

    def non_compliant_within(self, hold: Hold) -> tuple[NonCompliant, ...]:
        """The part of `non_compliant` that waits in `hold`."""
        evaluated = self._within(hold)
        return self._scopes([evaluated]) if evaluated else ()

    @property
    def non_compliant_or_exempt(self) -> tuple[NonCompliant, ...]:
        """What the Config rules would find non-compliant without exemptions."""
        bare = self.rule.exempting
        return self._scopes(replace(one, parameters=bare(one.parameters, ())) for one in self._evaluated.values())

    def _scopes(self, evaluated: Iterable[Evaluated]) -> tuple[NonCompliant, ...]:
        return tuple(dict.fromkeys(each for it in evaluated for each in self.rule.scopes(it.resource, it.parameters)))

    def _within(self, hold: Hold) -> Evaluated | None:
        """The evaluated resource, narrowed to the violations that wait in `hold`; None if all of them are gone."""
        name = hold.finding.raised_by_rule
        if name not in self._evaluated:
            raise BadInput("raisedByRule", name, f"one of {', '.join(self._evaluated)}")
        evaluated = self._evaluated[name]
        found = covered(self.rule.violations(evaluated.resource, evaluated.parameters))
        if found <= set(hold.covers):
            return evaluated
        if not found & set(hold.covers):
            return None
        narrowed = only(evaluated.resource, self.rule, evaluated.parameters, hold.covers, datetime.now(UTC))
        if narrowed is None:
            expected = "a finding that can be told apart from later violations, which wait as another finding"
            raise BadInput("ID", hold.hold_id, expected)
        return replace(evaluated, parameters=narrowed)

    def as_found(self, hold: Hold) -> Finding:
        """The finding in `hold` as it is now; BadInput if the stage no longer has its Config rule."""
        evaluated, finding = self._within(hold), hold.finding
        if evaluated is None:
            return replace(finding, violations=(), required_steps=(), notes=())
        found = self.rule.violations(evaluated.resource, evaluated.parameters)
        facts = self.rule.lacking_to_fix(evaluated.resource, evaluated.parameters)
        resource = live.with_facts(evaluated.resource, facts) if facts else evaluated.resource
        plan = self.rule.plan(resource, evaluated.parameters)
        return replace(
            finding, violations=found, required_steps=plan.calls, notes=plan.notes, rule_parameters=evaluated.texts
        )

    @cached_property
    def _evaluated(self) -> Mapping[str, Evaluated]:
        """The resource as each Config rule evaluates it, by the rule's full name."""
        config = ConfigService(self.target.account.client("config"))
        exemptions = in_force(store(self.target).of(resource_key(self.live)), datetime.now(UTC))
        evaluated: dict[str, Evaluated] = {}
        for declared in declared_rules(self.target, self.rule):
            name = self.target.stage.named(declared.name)
            current = config.rule_parameters(name)
            texts = (declared.input_parameters or {}) if current is None else current
            parameters: Any = self.rule.parameters(texts)
            facts = self.rule.lacking(self.live, parameters)
            resource = live.with_facts(self.live, facts) if facts else self.live
            evaluated[name] = Evaluated(resource, texts, self.rule.exempting(parameters, exemptions))
        return evaluated


def store(target: Target) -> Exemptions:
    return Exemptions(target.account.client("dynamodb"), target.stage.settings.trust_table)


def declared_rules(target: Target, rule: Rule) -> list[rules_file.DeclaredRule]:
    """The Config rules of the stage that `rule` evaluates."""
    return [each for each in rules_file.read(target.stage.project_dir) if each.function == rule.evaluator]


def grant(target: Target, exemptions: Iterable[Exemption], progress: Progress) -> None:
    """Store exemptions, and notify people of each."""
    who = stops.caller(target)
    for each in exemptions:
        keep(target, each, progress)
        stops.tell(news(each, ExemptionEvent.GRANTED, who), target, progress)


def keep(target: Target, exemption: Exemption, progress: Progress) -> None:
    """Store an exemption, and print it."""
    store(target).put(exemption)
    progress.say(f"{exemption.exemption_id}: {exemption.scope}, until {as_text_of(exemption)}")


def find(target: Target, exemption_id: str) -> Exemption:
    """The exemption with this ID; BadInput if there is none."""
    for due in store(target).due():
        if due.exemption.exemption_id == exemption_id:
            return due.exemption
    raise BadInput("ID", exemption_id, "an exemption's id, as `ddaws exempt list` shows it")


def remove(target: Target, exemption: Exemption, progress: Progress) -> None:
    """Delete an exemption, and notify people."""
    store(target).remove(exemption)
    stops.tell(news(exemption, ExemptionEvent.REMOVED, stops.caller(target)), target, progress)
    progress.say(f"{exemption.exemption_id} is removed.")


def evaluate_again(target: Target, rule: Rule, progress: Progress) -> None:
    """Have AWS Config evaluate the rule's Config rules now, so that compliance and findings follow at once."""
    names = [target.stage.named(each.name) for each in declared_rules(target, rule)]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not _started(target, names, patient=time.monotonic() < deadline):
        progress.say("AWS Config evaluated this rule within the last minute. Waiting until it can evaluate it again.")
        time.sleep(RETRY_SECONDS)
    progress.say(f"AWS Config is evaluating {', '.join(names)} again.")


def _started(target: Target, names: list[str], *, patient: bool) -> bool:
    try:
        target.account.client("config").start_config_rules_evaluation(ConfigRuleNames=names)
    except ClientError as error:
        if patient and error_code(error) in BUSY:
            return False
        raise AwsRefused(
            f"The exemptions are stored, but AWS Config does not evaluate {', '.join(names)}: {error}.",
            "evaluate the rule again (docs/OPERATIONS.md), or wait for the next daily evaluation.",
        ) from error
    return True


COLUMNS = (("Ends", 3), ("Resource", 4), ("Scope", 5), ("Owner and reason", 5), ("ID", 3))


def show(exemptions: Iterable[Exemption], now: datetime, terminal: Terminal) -> None:
    """Print exemptions in the given order."""
    rows: list[tuple[Cell, ...]] = []
    for each in exemptions:
        end = as_text_of(each) if each.holds(now) else f"ended {as_text_of(each)}"
        resource = each.resource.split("/")[::-1]
        rows.append((end, resource, str(each.scope), (each.owner, each.reason), each.exemption_id))
    terminal.table(COLUMNS, rows)


def as_text_of(exemption: Exemption) -> str:
    """When an exemption ends, as text."""
    return as_text(exemption.until) if exemption.until else "no end"
