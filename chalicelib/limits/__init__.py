"""The pause of a stage, and the circuit breaker that limits its changes in an hour."""
