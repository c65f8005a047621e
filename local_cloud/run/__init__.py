"""What a user starts: one run of the whole chain, or a cloud that stays up."""
