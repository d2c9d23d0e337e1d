"""One client a folder: `client.toml` says how to start its driver, which speaks JSON lines."""
