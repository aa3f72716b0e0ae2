"""The demo: the main job on text that every machine with Python has."""
