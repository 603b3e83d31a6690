"""Slow networks: what fewer meetings and fewer bytes cost in accuracy, beside exact descent."""
