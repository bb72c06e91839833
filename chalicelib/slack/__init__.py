"""The notifier: what is published on the topic, told on Slack."""
