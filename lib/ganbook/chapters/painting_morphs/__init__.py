"""Chapter `painting_morphs`: one painter's change of style over the years (DCGAN, Progressive GAN, morphs)."""
