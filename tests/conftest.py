"""What holds for all tests: no deadline for generated examples, as the first one compiles."""

from hypothesis import settings

settings.register_profile("rowspace", deadline=None)
settings.load_profile("rowspace")
