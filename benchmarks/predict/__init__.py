"""What an answer costs without TensorFlow, and which images are called unknown."""
