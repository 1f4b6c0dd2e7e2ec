"""The moderators' room on the web: what waits, tickets, photos, figures, deliveries, people, the record."""
