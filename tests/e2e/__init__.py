"""The story of a deployment, played once in a sandbox: chapters record what they see, and tests check the records."""
