"""When customers come again, whether they will, what they then spend, and whether they wait for discounts."""
