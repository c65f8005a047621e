"""Plot: turns what a finished training job left into plots, a status and one notification."""
