"""Shared by the rules: networks, ports, policies, ACLs, and CloudTrail events. Pure: no AWS call, no clock."""
