"""What to offer to whom: opinions, weighed and explained."""
