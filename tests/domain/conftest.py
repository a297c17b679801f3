"""Laws are checked without a clock on each example: machines that run tests are shared."""

from hypothesis import settings

settings.register_profile("zhulian", deadline=None)
settings.load_profile("zhulian")
