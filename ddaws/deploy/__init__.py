"""The steps of a deployment: each file plans one of them, and its removal."""
