"""Who is moved by an offer, and who would have bought anyway."""
