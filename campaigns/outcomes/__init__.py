"""What came of a campaign: fates that add up, figures, arms against each other, and charts."""
