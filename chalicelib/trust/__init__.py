"""Decisions and records as pure values: exemptions, holds, limits, flapping, the journal, and who made a change."""
