"""bot speaks: Telegram, WhatsApp, the web, the environment and the clock."""
