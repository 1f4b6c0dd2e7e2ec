"""Tickets as files: CSV, XLSX, JSON lines, GeoJSON."""
