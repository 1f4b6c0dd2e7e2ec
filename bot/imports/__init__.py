"""Another system's records, taken in from a file: `congich import`."""
