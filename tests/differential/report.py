"""The results of the comparison, in numbers and as the text of its page."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from typing import Self

from tests.differential.callers import PUBLIC
from tests.differential.documented import admits
from tests.differential.quirks import AWS, EMULATOR, Quirk
from tests.differential.trial import Look, Outcome


@dataclass(frozen=True)
class Tally:
    """The numbers of a family.

    Attributes
    ----------
    states : int
        Those that S3 took.
    public : int
        Those of them that our verdict calls public.
    opened : int
        Those of the public ones that let one of the public in.
    by_documentation : int
        Those that would on AWS, and did not here.
    out_of_reach : int
        The others: let in is only who comes from elsewhere, or is somebody else, than our callers.
    answers : int
        Those that were compared, before and after fixes.
    differing : int
        Those of them that are not what AWS documents.
    """

    states: int
    public: int
    opened: int
    by_documentation: int
    out_of_reach: int
    answers: int
    differing: int

    def __add__(self, other: Self) -> Self:
        return type(self)(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))

    def row(self, name: str) -> str:
        return f"| {name} | {' | '.join(f'{number:,}' for number in astuple(self))} |"


def tally(outcome: Outcome) -> Tally:
    public = [each.before for each in outcome.public]
    opened = [look for look in public if look.lets_in(PUBLIC)]
    documented = [look for look in public if look not in opened and opens_to_the_public(look)]
    looks = [look for _, look in outcome.looks]
    return Tally(
        states=len(outcome.observations),
        public=len(public),
        opened=len(opened),
        by_documentation=len(documented),
        out_of_reach=len(public) - len(opened) - len(documented),
        answers=sum(len(look.admitted) for look in looks),
        differing=sum(differing(looks).values()),
    )


def opens_to_the_public(look: Look) -> bool:
    """True if AWS, according to its documentation, would allow one of the probes for one of the public callers."""
    return any(admits(look.bucket, caller, probe) for caller, probe in look.admitted if caller in PUBLIC)


def differing(looks: Iterable[Look]) -> Counter[frozenset[Quirk]]:
    """The responses that differ from AWS's documentation, by the quirks that cause the difference."""
    return Counter(
        frozenset(quirk for quirk in Quirk if admits(look.bucket, caller, probe, EMULATOR - {quirk}) != is_admitted)
        for look in looks
        for (caller, probe), is_admitted in look.admitted.items()
        if admits(look.bucket, caller, probe, AWS) != is_admitted
    )
