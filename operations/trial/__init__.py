"""`droptrain verify`: tries the chain in an account, with a stack that is deleted afterwards."""
