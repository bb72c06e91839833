"""A Slack channel with an incoming webhook: it takes what Slack takes, and refuses what Slack refuses."""
