"""What all widgets share: the way to Python and back, the still picture, life on pages without Python.
Each chapter has its own widgets.
"""
