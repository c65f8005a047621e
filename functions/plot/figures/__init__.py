"""The plots of a run as PNG, each readable alone. Pure: no file, no AWS."""
