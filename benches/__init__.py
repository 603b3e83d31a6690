"""Benches: fastgd timed beside its peers, each used the way its most skilled users would.

`workloads` and `studies` say what is timed, `contestants` which libraries do the work, `measure`
how a time is taken, `results` and `report` what comes of it. `busy` takes a core away meanwhile.
`python -m benches` runs it all. Benches are not part of the installed package.
"""
