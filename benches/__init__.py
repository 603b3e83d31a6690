"""Benches: fastgd beside its peers, each as its best users run it.

`workloads` says what is timed, `contestants` who does it, `measure` how. None of it is installed.
"""
