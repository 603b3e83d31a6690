"""The same examples every time, however slow the machine."""

from hypothesis import settings

settings.register_profile("fastgd", derandomize=True, deadline=None, database=None)
settings.load_profile("fastgd")
