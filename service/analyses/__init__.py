"""The analyses: each declares its parameters, reads, calls the science and says what to store."""
