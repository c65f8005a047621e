"""What a person starts: one run of the whole chain, or a cloud that stays up."""
