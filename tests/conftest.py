"""For all tests: properties are searched without a clock (machines are slow at times) and leave nothing behind."""

import hypothesis

hypothesis.settings.register_profile("honk", deadline=None, database=None)
hypothesis.settings.load_profile("honk")
