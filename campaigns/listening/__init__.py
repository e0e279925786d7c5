"""What customers write is listened to: judged, for those who allow it, and told to whoever can act on it."""
