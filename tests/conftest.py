"""What holds for all tests."""

from hypothesis import settings

# No test is timed: a machine may be busy with other things.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
