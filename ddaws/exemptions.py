"""Grant exemptions, list them, and take them back."""

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
"""AWS Config evaluates a rule on demand no more than once a minute."""


@dataclass(frozen=True)
class Judged:
    """A resource with what a Config rule asks for, and the rule's parameters: as written, and with what is exempt."""

    resource: Resource
    texts: Mapping[str, str]
    parameters: Any


@dataclass(frozen=True)
class Subject:
    """A resource of the account, and the rule that judges it."""

    target: Target
    resource_id: str
    kind: str = ""

    @property
    def resource_type(self) -> str:
        """As it is said, or as the id looks."""
        return self.kind or (SECURITY_GROUP if self.resource_id.startswith("sg-") else S3_BUCKET)

    @property
    def rule(self) -> Rule:
        [rule] = [each for each in RULES if each.resource_type == self.resource_type]
        return rule

    @cached_property
    def live(self) -> Resource:
        """The resource as it is now; BadInput where there is none."""
        account = self.target.account
        found: Resource | None = live.reader(self.resource_type, account.account_id, account.region).get(
            self.resource_id
        )
        if found is None:
            raise BadInput("RESOURCE", self.resource_id, "a security group's id or a bucket's name of this account")
        return found

    def demand_region(self) -> None:
        """BadInput where it is a bucket of another region: S3 answers everywhere, but that region's stage judges it."""
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
        """What the stage's Config rules call non-compliant about it now that is not exempt yet."""
        return self._scopes(self._judged.values())

    def non_compliant_within(self, hold: Hold) -> tuple[NonCompliant, ...]:
        """As much of that as waits in `hold`."""
        judged = self._within(hold)
        return self._scopes([judged]) if judged else ()

    @property
    def non_compliant_or_exempt(self) -> tuple[NonCompliant, ...]:
        """What they would find non-compliant if nothing were exempt."""
        bare = self.rule.exempting
        return self._scopes(replace(one, parameters=bare(one.parameters, ())) for one in self._judged.values())

    def _scopes(self, judged: Iterable[Judged]) -> tuple[NonCompliant, ...]:
        return tuple(dict.fromkeys(each for one in judged for each in self.rule.scopes(one.resource, one.parameters)))

    def _within(self, hold: Hold) -> Judged | None:
        """The resource as judged for what waits in `hold` alone; None where nothing of that is there any more."""
        name = hold.finding.raised_by_rule
        if name not in self._judged:
            raise BadInput("raisedByRule", name, f"one of {', '.join(self._judged)}")
        judged = self._judged[name]
        found = covered(self.rule.violations(judged.resource, judged.parameters))
        if found <= set(hold.covers):
            return judged
        if not found & set(hold.covers):
            return None
        narrowed = only(judged.resource, self.rule, judged.parameters, hold.covers, datetime.now(UTC))
        if narrowed is None:
            expected = "a finding that can be told apart from what was opened since, which waits by itself"
            raise BadInput("ID", hold.hold_id, expected)
        return replace(judged, parameters=narrowed)

    def as_found(self, hold: Hold) -> Finding:
        """What waits in `hold`, as it is now; BadInput where the stage has no such Config rule any more."""
        judged, finding = self._within(hold), hold.finding
        if judged is None:
            return replace(finding, violations=(), required_steps=(), notes=())
        found = self.rule.violations(judged.resource, judged.parameters)
        facts = self.rule.lacking_to_fix(judged.resource, judged.parameters)
        resource = live.with_facts(judged.resource, facts) if facts else judged.resource
        plan = self.rule.plan(resource, judged.parameters)
        return replace(
            finding, violations=found, required_steps=plan.calls, notes=plan.notes, rule_parameters=judged.texts
        )

    @cached_property
    def _judged(self) -> Mapping[str, Judged]:
        """The resource as each Config rule judges it, by the rule's whole name."""
        config = ConfigService(self.target.account.client("config"))
        exemptions = in_force(store(self.target).of(resource_key(self.live)), datetime.now(UTC))
        judged: dict[str, Judged] = {}
        for declared in declared_rules(self.target, self.rule):
            name = self.target.stage.named(declared.name)
            current = config.rule_parameters(name)
            texts = (declared.input_parameters or {}) if current is None else current
            parameters: Any = self.rule.parameters(texts)
            facts = self.rule.lacking(self.live, parameters)
            resource = live.with_facts(self.live, facts) if facts else self.live
            judged[name] = Judged(resource, texts, self.rule.exempting(parameters, exemptions))
        return judged


def store(target: Target) -> Exemptions:
    return Exemptions(target.account.client("dynamodb"), target.stage.settings.trust_table)


def declared_rules(target: Target, rule: Rule) -> list[rules_file.DeclaredRule]:
    """The Config rules of the stage that `rule` judges for."""
    return [each for each in rules_file.read(target.stage.project_dir) if each.function == rule.evaluator]


def grant(target: Target, exemptions: Iterable[Exemption], progress: Progress) -> None:
    """Keep exemptions, and tell people of each."""
    who = stops.caller(target)
    for each in exemptions:
        keep(target, each, progress)
        stops.tell(news(each, ExemptionEvent.GRANTED, who), target, progress)


def keep(target: Target, exemption: Exemption, progress: Progress) -> None:
    """Store an exemption."""
    store(target).put(exemption)
    progress.say(f"{exemption.exemption_id}: {exemption.scope}, until {as_text_of(exemption)}")


def find(target: Target, exemption_id: str) -> Exemption:
    """The exemption of an id; BadInput where there is none."""
    for due in store(target).due():
        if due.exemption.exemption_id == exemption_id:
            return due.exemption
    raise BadInput("ID", exemption_id, "an exemption's id, as `ddaws exempt list` shows it")


def remove(target: Target, exemption: Exemption, progress: Progress) -> None:
    """Forget an exemption, and tell of it."""
    store(target).remove(exemption)
    stops.tell(news(exemption, ExemptionEvent.REMOVED, stops.caller(target)), target, progress)
    progress.say(f"{exemption.exemption_id} is removed.")


def evaluate_again(target: Target, rule: Rule, progress: Progress) -> None:
    """Have AWS Config run the rule's Config rules now, so that verdicts and findings follow at once."""
    names = [target.stage.named(each.name) for each in declared_rules(target, rule)]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not _started(target, names, patient=time.monotonic() < deadline):
        progress.say("AWS Config has evaluated this rule within the last minute: waiting.")
        time.sleep(RETRY_SECONDS)
    progress.say(f"AWS Config evaluates {', '.join(names)} again.")


def _started(target: Target, names: list[str], *, patient: bool) -> bool:
    try:
        target.account.client("config").start_config_rules_evaluation(ConfigRuleNames=names)
    except ClientError as error:
        if patient and error_code(error) in BUSY:
            return False
        raise AwsRefused(
            f"The exemptions are as you wanted, but AWS Config does not evaluate {', '.join(names)}: {error}.",
            "evaluate the rule again (docs/OPERATIONS.md), or wait for the next daily run.",
        ) from error
    return True


COLUMNS = (("Ends", 3), ("Resource", 4), ("What is exempt", 5), ("Owner and reason", 5), ("Id", 3))


def show(exemptions: Iterable[Exemption], now: datetime, terminal: Terminal) -> None:
    """Print exemptions, in the order given."""
    rows: list[tuple[Cell, ...]] = []
    for each in exemptions:
        end = as_text_of(each) if each.holds(now) else f"ended {as_text_of(each)}"
        resource = each.resource.split("/")[::-1]
        rows.append((end, resource, str(each.scope), (each.owner, each.reason), each.exemption_id))
    terminal.table(COLUMNS, rows)


def as_text_of(exemption: Exemption) -> str:
    """When an exemption ends."""
    return as_text(exemption.until) if exemption.until else "without end"
