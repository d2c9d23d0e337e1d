"""The quorum of controllers and its metadata log; Kawa keeps metadata in its state store."""

from broker.settings.setting import (
    HIGH,
    LOW,
    MAX_LONG,
    Boolean,
    Declarations,
    Int,
    List,
    Long,
    NullableInt,
    NullableString,
)


class ControllerSettings(Declarations):
    process_roles = List(
        ["broker", "controller"],
        "[broker, controller]",
        may_be_empty=False,
        kafka_default=None,
        importance=HIGH,
        doc="Roles of this process; Kawa is always both.",
    )
    controller_listener_names = List(
        ["CONTROLLER"],
        may_be_empty=False,
        kafka_default=None,
        importance=HIGH,
        acts=True,
        doc="Listeners for controllers: known, but not opened.",
    )
    controller_quorum_voters = List(
        [], "non-empty list", importance=HIGH, doc="Controllers of a fixed quorum, as id@host:port."
    )
    controller_quorum_bootstrap_servers = List(
        [], "non-empty list", importance=HIGH, doc="Controllers to ask first, as host:port."
    )
    controller_quorum_auto_join_enable = Boolean(
        False, importance=LOW, doc="Whether a controller joins the quorum by itself."
    )
    controller_quorum_append_linger_ms = Int(
        25, "[0,...]", doc="How long metadata is gathered before it is written."
    )
    controller_quorum_election_timeout_ms = Int(
        1000, "[0,...]", importance=HIGH, doc="Wait for votes before a new election."
    )
    controller_quorum_election_backoff_max_ms = Int(
        1000, "[0,...]", importance=HIGH, doc="Longest pause between elections."
    )
    controller_quorum_fetch_timeout_ms = Int(
        2000, "[0,...]", importance=HIGH, doc="Wait for the leader before an election."
    )
    controller_quorum_fetch_max_bytes = Int(
        1_048_576, "[1,...]", importance=LOW, doc="Metadata asked for in one fetch."
    )
    controller_quorum_fetch_snapshot_max_bytes = Int(
        1_048_576, "[1,...]", importance=LOW, doc="Snapshot bytes asked for in one fetch."
    )
    controller_quorum_request_timeout_ms = Int(
        2000, "[0,...]", doc="Longest wait for an answer in the quorum."
    )
    controller_quorum_retry_backoff_ms = Int(
        20, "[0,...]", importance=LOW, doc="Pause before a request of the quorum is sent again."
    )
    controller_socket_timeout_ms = Int(30_000, doc="Longest wait on a connection to the controller.")
    controller_performance_always_log_threshold_ms = Long(
        2000, "[0,...]", internal=True, doc="Events of the controller that take longer are logged."
    )
    controller_performance_sample_period_ms = Long(
        60_000, "[100,...]", internal=True, doc="How often the controller's performance is logged."
    )
    broker_heartbeat_interval_ms = Int(2000, doc="Time between a broker's heartbeats to the controller.")
    broker_session_timeout_ms = Int(9000, doc="A broker that is silent for this long is taken for dead.")
    initial_broker_registration_timeout_ms = Int(
        60_000, doc="Longest wait for the first registration at the controller."
    )
    server_max_startup_time_ms = Long(
        MAX_LONG, "[0,...]", internal=True, doc="Longest that a start may take."
    )
    metadata_log_dir = NullableString(None, importance=HIGH, doc="Directory of the metadata log.")
    metadata_log_segment_bytes = Int(
        1_073_741_824, "[8388608,...]", importance=HIGH, doc="Segment size of the metadata log."
    )
    metadata_log_segment_ms = Long(
        604_800_000, importance=HIGH, doc="Time after which a segment of the metadata log is closed."
    )
    metadata_log_max_record_bytes_between_snapshots = Long(
        20_971_520, "[1,...]", importance=HIGH, doc="Metadata after which a snapshot is written."
    )
    metadata_log_max_snapshot_interval_ms = Long(
        3_600_000, "[0,...]", importance=HIGH, doc="Time after which a snapshot is written; 0: never."
    )
    metadata_max_idle_interval_ms = Int(
        500,
        "[0,...]",
        importance=LOW,
        doc="How often an idle controller writes a record, so that others see it live.",
    )
    metadata_max_retention_bytes = Long(
        104_857_600, importance=HIGH, doc="Size beyond which old metadata segments are deleted."
    )
    metadata_max_retention_ms = Long(
        604_800_000, importance=HIGH, doc="Age beyond which old metadata segments are deleted."
    )
    internal_metadata_delete_delay_millis = Long(
        60_000, importance=LOW, internal=True, doc="How long the files of deleted metadata segments stay."
    )
    internal_metadata_log_segment_bytes = NullableInt(
        None, importance=LOW, internal=True, doc="Segment size of the metadata log in tests."
    )
    internal_metadata_max_batch_size_in_bytes = Int(
        8_388_608, importance=LOW, internal=True, doc="Largest batch of metadata."
    )
    unstable_api_versions_enable = Boolean(
        False, importance=HIGH, internal=True, doc="Offer versions of APIs that Kafka has not finished."
    )
    unstable_feature_versions_enable = Boolean(
        False, importance=HIGH, internal=True, doc="Offer versions of features that Kafka has not finished."
    )
