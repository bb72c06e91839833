"""What is exposed to the public, and why. Pure: no AWS call, no clock, no environment."""
