"""A trained network and what is known about it to the files that a job leaves."""
