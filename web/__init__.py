"""Pages and API: a door like any other. It translates what browsers ask, and decides nothing."""
