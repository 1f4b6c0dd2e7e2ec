"""Conversations as they go in such groups, played on every platform: see README.md."""
