"""What one evaluation, one fix, one cold start and one month cost: `make bench`. No measurement here is a test."""
