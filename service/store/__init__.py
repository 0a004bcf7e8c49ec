"""The database: its tables, its connection, the private cluster and the bulk reads."""
