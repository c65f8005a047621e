"""The plot handler against moto."""
