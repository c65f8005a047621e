"""Answers the images in inbox/ with the current model."""
