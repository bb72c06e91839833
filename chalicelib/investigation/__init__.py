"""Who opened a violation, and what a put of ours has overwritten: asked when it is found, answered from CloudTrail."""
