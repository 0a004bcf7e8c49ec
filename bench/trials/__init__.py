"""Cities on which lists of targets are tried: what happened where, units, rules, and judgement."""
