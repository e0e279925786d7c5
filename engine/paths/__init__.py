"""Which ways people take through a shop: visits, funnels, transitions, sequences, and days unlike the others."""
