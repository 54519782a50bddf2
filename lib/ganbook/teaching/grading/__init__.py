"""Grade a class: each notebook runs in a box, what it answers is judged outside. See the chapter "For instructors"."""
