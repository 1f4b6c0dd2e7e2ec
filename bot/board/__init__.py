"""The public board: what everybody may see of tickets, as pages, feeds and open data."""
