"""The library of the open book *Steering GANs*."""

__version__ = "0.1.0"
