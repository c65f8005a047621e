"""Sorts a drop: which objects are images, why others are left out, what to warn of or refuse."""
