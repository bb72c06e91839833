"""What stops a stage: a pause, and the circuit breaker that limits its changes in an hour."""
