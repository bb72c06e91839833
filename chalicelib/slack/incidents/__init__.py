"""Which messages belong to one incident and its thread. Pure: no AWS, no Slack, no clock."""

from chalicelib.slack.incidents.remark import Incident, Part, Remark
from chalicelib.slack.incidents.threads import Claim, Place, Thread, found, is_overtaken, noted, with_saying

__all__ = ["Claim", "Incident", "Part", "Place", "Remark", "Thread", "found", "is_overtaken", "noted", "with_saying"]
