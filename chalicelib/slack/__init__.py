"""The notifier: posts what is published on the topic to Slack."""
