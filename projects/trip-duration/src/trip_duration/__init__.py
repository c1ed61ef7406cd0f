"""How long a New York taxi trip takes, from what is known at pickup."""
