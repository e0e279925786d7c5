"""Provider payload to Inbound, Outgoing to provider payload, provider error to one of our outcomes."""
