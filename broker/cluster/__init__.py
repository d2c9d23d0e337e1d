"""What the nodes of a process agree on: topics, who leads them, configurations, producer ids."""
