"""Systems outside that hear of tickets: one kind a file."""
