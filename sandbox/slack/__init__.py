"""A Slack channel with an incoming webhook and a bot: it takes what Slack takes, and refuses what Slack refuses."""
