"""Finds out from CloudTrail who opened a violation, and which changes of others our puts have overwritten."""
