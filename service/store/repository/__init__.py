"""The repository: one file per stored thing."""
