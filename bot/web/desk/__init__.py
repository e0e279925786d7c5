"""The owner's pages: what a shop's team looks at, reached by a link their own chat gives them."""
