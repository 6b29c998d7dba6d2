"""Whom a rule touches and what will happen to each of them: the dry run.

Owns one set-based statement that repeats policy.second_factor, and the counts made of it. Changes nothing.
"""
