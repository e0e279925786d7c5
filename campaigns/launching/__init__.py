"""From a draft to the rows of the outbox: previewed, approved, scheduled, drawn by lot, written down."""
