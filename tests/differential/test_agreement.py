"""Our evaluation and the account's responses agree, in both directions."""

from collections.abc import Iterator

import pytest

from chalicelib.exposure.policies import statements_of
from tests.differential.callers import ANYBODY, PROBES, PUBLIC, Probe
from tests.differential.documented import ACL_PERMISSIONS, admits, listed
from tests.differential.families import FAMILIES
from tests.differential.quirks import EMULATOR
from tests.differential.report import opens_to_the_public
from tests.differential.trial import Look, Outcome, Trial
from tests.differential.vocabulary import FIXED

pytestmark = pytest.mark.e2e

REFUSED = {"shared cases": {"own-enforced-public-acl": "InvalidBucketAclWithObjectOwnership"}}
"""S3 does not disable ACLs while the ACL grants access to anyone but the owner."""

NAMES_THE_CALLER = ("aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalOrgPaths")
OPENED_BY_MISTAKE = {
    "restricted": {f"restricted: StringEqualsIfExists {key}" for key in FIXED if key not in NAMES_THE_CALLER}
}
"""AWS restricts these states, and the emulator does not (`Quirk.IF_EXISTS_LIMITS`): the only open states that we
evaluate as not public."""

EVERYONE = ("*", {"AWS": "*"}, {"AWS": ["*"]})


@pytest.fixture(params=FAMILIES)
def family(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def outcome(trial: Trial, family: str) -> Outcome:
    return trial.of(family)


def test_s3_takes_every_state_that_there_can_be(outcome: Outcome, family: str) -> None:
    assert outcome.refused == REFUSED.get(family, {})


def test_whatever_lets_the_public_in_is_public_by_our_verdict(outcome: Outcome, family: str) -> None:
    opened = {name for name, look in outcome.looks if look.lets_in(PUBLIC) and not look.is_public}
    assert opened == OPENED_BY_MISTAKE.get(family, set())


def test_whatever_would_let_the_public_in_on_aws_is_public_by_our_verdict(outcome: Outcome) -> None:
    assert not [name for name, look in outcome.looks if opens_to_the_public(look) and not look.is_public]


def test_every_answer_is_as_aws_documents_it_but_for_the_known_differences(outcome: Outcome) -> None:
    assert not [
        f"{name}: {caller.name} was {'let in' if is_admitted else 'kept out'} for {probe.action}"
        for name, look in outcome.looks
        for (caller, probe), is_admitted in look.admitted.items()
        if admits(look.bucket, caller, probe, EMULATOR) != is_admitted
    ]


@pytest.mark.parametrize("family", ["shared cases", "principals", "ACLs", "blocks", "statements"])
def test_what_is_granted_to_everyone_without_a_condition_lets_anybody_in(trial: Trial, family: str) -> None:
    public = [each for each in trial.of(family).public if not _denies(each.before)]
    granted = [(each, probe) for each in public for probe in _granted_to_everyone(each.before)]
    assert len(granted) >= 10
    assert not [
        f"{each.state.name}: {probe.action}" for each, probe in granted if not each.before.admitted[ANYBODY, probe]
    ]


def test_the_verdict_on_the_live_bucket_is_the_label_of_the_case(trial: Trial) -> None:
    observations = trial.of("shared cases").observations
    assert len(observations) == 110
    assert not [each.state.name for each in observations if each.before.is_public != each.state.label]


def _granted_to_everyone(look: Look) -> Iterator[Probe]:
    """The probes that are allowed for anyone according to our evaluation of the grants and statements."""
    for violation in look.violations:
        for grant in violation.violation_details.get("grants", ()):
            if grant["Grantee"]["URI"].endswith("/AllUsers"):
                yield from (probe for probe in PROBES if grant["Permission"] == ACL_PERMISSIONS.get(probe.action))
        for found in violation.violation_details.get("statements", ()):
            statement = statements_of(look.bucket.policy)[found["index"]]
            if statement.get("Principal") in EVERYONE and "Condition" not in statement:
                yield from (probe for probe in PROBES if probe.action in listed(statement.get("Action")))


def _denies(look: Look) -> bool:
    return any(statement["Effect"] == "Deny" for statement in statements_of(look.bucket.policy))
