"""The pages that people read: a run's report and the list of all runs. Pure: data in, HTML out."""
