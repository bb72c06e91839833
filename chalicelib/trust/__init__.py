"""Why something is left as it is, put back, or held up: decisions of people as pure values. No boto3, no clock."""
