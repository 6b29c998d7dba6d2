"""The statements about counters of failures."""
