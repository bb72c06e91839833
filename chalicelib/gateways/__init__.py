"""The only places that touch boto3 or Slack: one small class per service."""
