"""A small music app as the sample project, and what the scripted model does to it."""
