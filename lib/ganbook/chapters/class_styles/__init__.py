"""Chapter `class_styles`: one style for each class and level of a label map (class- and layer-wise VAEs)."""
