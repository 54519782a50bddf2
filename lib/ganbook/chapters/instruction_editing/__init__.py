"""Chapter `instruction_editing`: edit a digit by telling it what to do (IMI), with caption-to-image as the baseline."""
