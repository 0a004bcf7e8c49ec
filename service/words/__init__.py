"""Words: how the service says things to people."""
