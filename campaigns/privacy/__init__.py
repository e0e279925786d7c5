"""What customers may ask of the shop: their data, to be forgotten, to be one person; and what is kept how long."""
