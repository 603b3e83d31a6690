"""Scale: a model of a step's time, checked against this machine and projected beyond it."""
