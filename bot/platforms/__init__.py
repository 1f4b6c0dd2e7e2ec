"""One adapter for each chat service; what all must do stands in `handlers.ports.ChatPlatform`."""
