"""The web server: the built-in chat's page and API, the tickets it shows, photos, webhooks, health."""
