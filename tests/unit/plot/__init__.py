"""Plot, without AWS."""
