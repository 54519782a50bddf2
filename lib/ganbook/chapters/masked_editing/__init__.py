"""Chapter `masked_editing`: edit avatars in free language, and keep what is not named by masking the source (SIM)."""
