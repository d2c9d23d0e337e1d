"""The brokers that clients are tried against: Kawa, Apache Kafka, or one that is running already."""
