"""Checked rows among those that are stored: which are new, known, changed or repeats."""
