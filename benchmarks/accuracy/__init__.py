"""How well the training learns, compared with the plain network of tutorials."""
