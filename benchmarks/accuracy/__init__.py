"""How well the trainer learns, beside the network that every tutorial begins with."""
