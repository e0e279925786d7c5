"""Who is alike: segments found in the features, each with a name and its reasons."""
