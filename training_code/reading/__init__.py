"""Bytes of a file to a square of RGB bytes: its format, orientation, depth, damage and memory.

It imports nothing of the other packages. What reads bytes without TensorFlow can be imported where
there is none: formats, orientation, pixels, tiff, damage, memory.
"""
