"""Chapter `context_aware`: a text says what to draw, a context picture what it leaves open (Context-aware GAN)."""
