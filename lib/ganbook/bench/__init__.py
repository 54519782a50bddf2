"""How fast the book's training is on this machine: a chapter's step, and the comparison with the tutorial loop.

Nothing of the chapters is imported before one is timed.
"""

from ganbook.bench.chapter import Timing, bench
from ganbook.bench.comparison import Comparison, compare, save

__all__ = ["Comparison", "Timing", "bench", "compare", "save"]
