"""A Slack channel with an incoming webhook and a bot: it accepts and refuses the same posts as Slack."""
