"""The customer's privacy page: the choices of the chat, to look at and to press, without a script."""
