"""Campaigns: bringing a cohort to a second factor by a date, seen before, followed while it runs.

Owns a campaign's words, dates and letters. The rule it starts is one of enforcement.rules; the counts are those of the dry run.
"""
