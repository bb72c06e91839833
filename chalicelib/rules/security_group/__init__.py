"""The rule on security groups: no prohibited port is open to the internet."""
