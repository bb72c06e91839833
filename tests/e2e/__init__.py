"""The story of a deployment, told once in a sandbox: chapters play it and note what they see, tests judge the notes."""
