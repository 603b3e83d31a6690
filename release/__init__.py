"""What a release is made of, and how it is tried: programs, run as `python -m release.NAME`."""
