"""What the rules share: networks, ports, policies, ACLs, and CloudTrail's events. Pure: no AWS call, no clock."""
