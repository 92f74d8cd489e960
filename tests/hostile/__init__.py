"""Send what would kill, stall or fill a careless server, beside normal load."""
