"""Reasons to doubt: of the accuracy, of a label, of an image; and the worst mistakes, drawn."""
