"""The label review: images to look at, and the commands that move them to another class."""
