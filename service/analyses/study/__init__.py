"""The study: what an analysis asks about, read and laid on its units of place."""
