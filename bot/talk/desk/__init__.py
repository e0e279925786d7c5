"""The desk of those who run the shop: what they can command, and how a campaign is drafted in chat."""
