"""Profiles: what the columns of a source mean; those that ship, those that an agency wrote."""
