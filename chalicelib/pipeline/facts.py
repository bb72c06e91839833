"""Reads the facts that a rule needs, one by one, so that an unreadable fact does not affect the others."""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from chalicelib.errors import AwsRefused, BadInput, NotDone, Superseded
from chalicelib.resources import Fact, Resource, Unread, without
from chalicelib.rules import Rule

logger = logging.getLogger(__name__)

type Reader = Callable[[Any, frozenset[Fact]], Resource]

READ_IT = "Read it manually and correct it."


def completed(resource: Resource, rule: Rule, parameters: Any, reader: Reader) -> Resource:
    """The resource with all facts that decide; those that cannot be read are in its `unread`.

    Raises
    ------
    Gone
        The resource no longer exists.
    """
    asked: frozenset[Fact] = frozenset()
    while facts := rule.lacking(resource, parameters) - asked:
        asked |= facts
        resource = with_facts(resource, facts, reader)
    return resource


def with_facts(resource: Resource, facts: Iterable[Fact], reader: Reader) -> Resource:
    """The resource with those of `facts` that can be read; the others are in its `unread`.

    Raises
    ------
    Gone, Superseded
        The resource no longer exists, or has changed.
    """
    for fact in sorted(facts):
        try:
            resource = reader(resource, frozenset({fact}))
        except Superseded:
            raise
        except AwsRefused as error:
            resource = without(resource, Unread(fact, error.reason, error.next_step))
        except BadInput as error:
            resource = without(resource, Unread(fact, str(error), READ_IT))
        except NotDone as error:
            resource = without(resource, Unread(fact, str(error)))
        else:
            continue
        logger.warning("%s of %s could not be read: %s", fact, resource.resource_id, resource.unread[-1].reason)
    return resource


def demand_read(resource: Resource) -> None:
    """NotDone if a retry may read a fact that could not be read: a change waits for it."""
    unread = [*resource.unread, *(each.unread for each in getattr(resource, "prefix_lists", ()) if each.unread)]
    passing = [each for each in unread if not each.is_final]
    if passing:
        raise NotDone(
            "; ".join(f"{each.fact} of {resource.resource_id} could not be read: {each.reason}" for each in passing)
        )
