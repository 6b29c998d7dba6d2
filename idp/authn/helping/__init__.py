"""What stands in for a second factor: a single-use code of the agency, a remembered device. Neither ever stands in for the password."""
