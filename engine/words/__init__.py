"""What people write: chat spelling made plain, and how it is meant. All that answers people is plain Python here."""
