"""Restore the revoked rules of a security group, and revoke the rules that the remediation added."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from chalicelib.journal.record import Attempt
from chalicelib.resources import IpPermission, SecurityGroup, TaggedRule
from chalicelib.rules import Obstacle, Plan
from chalicelib.rules.security_group.calls import AUTHORIZE, authorizations, revocations
from chalicelib.rules.security_group.entries import Identity, identity, line, rules_of, users_tags
from chalicelib.rules.security_group.quota import Room
from chalicelib.rules.taken import rules
from chalicelib.rules.undo import Drift, Undo

GONE_FIRST = "The group has no room for both: the remainder is removed before the original rule is restored."
RAISE_THE_QUOTA = (
    "Remove rules that are not needed, or request a higher quota (Amazon VPC, L-0EA8095F). Then undo again."
)


@dataclass
class Net:
    """The net result of the calls.

    Attributes
    ----------
    removed : dict
        The rules that existed before, with their descriptions and user tags.
    added : dict
        The rules that did not exist before.
    """

    removed: dict[Identity, TaggedRule] = field(default_factory=dict)
    added: dict[Identity, IpPermission] = field(default_factory=dict)

    def count(self, attempt: Attempt) -> None:
        """Add one call to the result."""
        seen = _tagged(attempt.seen) if isinstance(attempt.seen, SecurityGroup) else {}
        for rule in rules(attempt.call):
            key = identity(rule)
            if attempt.call.action == AUTHORIZE:
                if key not in seen and not self.removed.pop(key, None):
                    self.added[key] = rule
            elif not self.added.pop(key, None) and key in seen:
                self.removed[key] = seen[key]


def net(attempts: Iterable[Attempt]) -> Net:
    """The net result of the calls that were made, or may have been."""
    total = Net()
    for attempt in attempts:
        if attempt.counts:
            total.count(attempt)
    return total


def undo_group(attempts: Iterable[Attempt], live: SecurityGroup, *, is_resumed: bool) -> Undo | Drift:
    """Restore what `attempts` removed, and remove what they added.

    If the undo is resumed, a rule that is already in the intended state was changed by the undo.
    """
    total = net(attempts)
    there = {identity(rule): rule for rule in rules_of(live)}
    back = [each for key, each in total.removed.items() if key not in there]
    gone = [there[key] for key in total.added if key in there]
    made = _undo(live, back, gone)
    changed = tuple(_changes(total, there, is_resumed=is_resumed))
    return Drift(changed, made) if changed else made


def _undo(live: SecurityGroup, back: list[TaggedRule], gone: list[IpPermission]) -> Undo:
    coming = tuple(each.permission for each in back)
    going = {identity(rule) for rule in gone}
    without = replace(live, ingress=tuple(rule for rule in rules_of(live) if identity(rule) not in going))
    then = replace(without, ingress=(*without.ingress, *coming))
    return Undo(_plan(live, without, back, gone), then, tuple(map(line, coming)), tuple(map(line, gone)))


def _plan(live: SecurityGroup, without: SecurityGroup, back: list[TaggedRule], gone: list[IpPermission]) -> Plan:
    """Authorize before revoking, so that no traffic is interrupted, unless the quota has no room for both."""
    restoring, removing = authorizations(live, back), revocations(live, gone)
    coming = [each.permission for each in back]
    if not Room(live).shortage(coming):
        return Plan(restoring + removing)
    shortage = Room(without).shortage(coming)
    if not shortage:
        return Plan(removing + restoring, (GONE_FIRST,))
    return Plan(obstacles=(Obstacle(f"{live.group_id} would have {shortage}.", RAISE_THE_QUOTA),))


def _changes(total: Net, there: Mapping[Identity, IpPermission], *, is_resumed: bool) -> Iterable[str]:
    """The differences from the state that the calls left, in words."""
    for key, each in total.removed.items():
        if key in there and not is_resumed:
            yield f"{line(there[key])} exists again"
        elif key in there and there[key] != each.permission:
            yield f"{line(there[key])} exists; before the fix it was {line(each.permission)}"
    for key, rule in total.added.items():
        if key not in there and not is_resumed:
            yield f"{line(rule)}, which the fix added, no longer exists"
        elif key in there and there[key].sources != rule.sources:
            yield f"{line(rule)}, which the fix added, is now {line(there[key])}"


def _tagged(seen: SecurityGroup) -> dict[Identity, TaggedRule]:
    tags = {identity(each.permission): users_tags(each) for each in seen.rule_tags or ()}
    return {identity(rule): TaggedRule(rule, tags.get(identity(rule), {})) for rule in rules_of(seen)}
