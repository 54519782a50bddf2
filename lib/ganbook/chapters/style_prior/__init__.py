"""A StyleGAN2 of our own, trained on unlabelled avatars: the generator on which three chapters stand."""
