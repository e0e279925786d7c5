"""Shops whose answers are known."""
