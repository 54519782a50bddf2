"""Pictures from a label map or scribbles, with one annotated example and a generator that never saw a label."""
