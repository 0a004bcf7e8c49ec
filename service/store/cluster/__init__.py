"""The private PostgreSQL cluster: found, made, started, shared and stopped."""
