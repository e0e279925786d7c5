"""Are groups of customers served alike? Shares, means and ratios with intervals, stand-ins, and filter bubbles."""
