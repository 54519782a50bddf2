"""Captions chosen by a latent variable that nobody labelled: LaTextGAN + conditional GAN + InfoGAN."""
