"""What the owner looks at, as figures with the n they go by: nothing here is worded, and nothing changes."""
