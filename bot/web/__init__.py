"""The web application: tracked links, webhooks, the simulator."""
