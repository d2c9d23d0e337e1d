"""Metrics, telemetry and quotas."""

from broker.settings.setting import CLUSTER_WIDE, LOW, Class, Declarations, Int, List, Long, String


class MetricsSettings(Declarations):
    metric_reporters = List(
        ["org.apache.kafka.common.metrics.JmxReporter"],
        importance=LOW,
        update=CLUSTER_WIDE,
        doc="Java classes that would report metrics.",
    )
    metrics_num_samples = Int(2, "[1,...]", importance=LOW, doc="Samples kept of each metric.")
    metrics_recording_level = String("INFO", importance=LOW, doc="How much is measured.")
    metrics_sample_window_ms = Long(30_000, "[1,...]", importance=LOW, doc="Length of a sample.")
    kafka_metrics_reporters = List(
        [], importance=LOW, doc="Java classes that would report the older metrics."
    )
    kafka_metrics_polling_interval_secs = Int(
        10, "[1,...]", importance=LOW, doc="How often those are reported."
    )
    telemetry_max_bytes = Int(
        1_048_576, "[1,...]", importance=LOW, doc="Most that a client may push as telemetry at once."
    )
    quota_window_num = Int(11, "[1,...]", importance=LOW, doc="Samples kept for clients' quotas.")
    quota_window_size_seconds = Int(1, "[1,...]", importance=LOW, doc="Length of such a sample.")
    controller_quota_window_num = Int(
        11, "[1,...]", importance=LOW, doc="Samples kept for quotas of changes."
    )
    controller_quota_window_size_seconds = Int(1, "[1,...]", importance=LOW, doc="Length of such a sample.")
    client_quota_callback_class = Class(
        None, importance=LOW, doc="Java class that would decide about quotas."
    )
    config_providers = List(
        [],
        importance=LOW,
        update=CLUSTER_WIDE,
        doc="Java classes that would look up values of settings elsewhere.",
    )
