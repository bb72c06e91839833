"""Exemptions: what may stay although it violates a rule, who granted that, why, how narrowly, and until when."""
