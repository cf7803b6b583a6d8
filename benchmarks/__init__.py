"""How fast and how fair: measured against three other ways of doing the same, on this machine."""
