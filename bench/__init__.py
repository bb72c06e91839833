"""Measures the cost of an evaluation, a fix, a cold start and a month: `make bench`. No measurement is a test."""
