"""What sells together: itemsets, rules, and the bundles worth proposing."""
