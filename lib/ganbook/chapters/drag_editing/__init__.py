"""Drag, hold and zoom parts of a picture: a transformer that turns motions into moves of a generator's code."""
