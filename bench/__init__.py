"""Speed, always as a ratio in one run: Kawa, the bare loops, and where Java is, Apache Kafka."""
