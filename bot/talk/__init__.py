"""What is said to people, and what is understood of what they say."""
