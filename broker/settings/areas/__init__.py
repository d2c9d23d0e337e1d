"""Kafka's broker settings, one file for each area; `broker.settings.broker` puts them together."""
