"""Plot: turns the results of a training job into plots, a report, a status and a notification."""
