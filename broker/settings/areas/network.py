"""Listeners, sockets, and how much one broker takes on at a time."""

from broker.settings.setting import (
    CLUSTER_WIDE,
    HIGH,
    LOW,
    MAX_INT,
    PER_BROKER,
    Declarations,
    Int,
    List,
    Long,
    NullableList,
    NullableString,
    String,
)


class NetworkSettings(Declarations):
    listeners = List(
        ["PLAINTEXT://127.0.0.1:9092"],
        may_be_empty=False,
        kafka_default=["PLAINTEXT://:9092"],
        importance=HIGH,
        update=PER_BROKER,
        acts=True,
        doc="Where to listen: NAME://host:port, separated by commas; an empty host means every address.",
    )
    advertised_listeners = NullableList(
        None,
        may_be_empty=False,
        importance=HIGH,
        acts=True,
        doc="What clients are told to connect to, if that is not where the broker listens.",
    )
    listener_security_protocol_map = String(
        "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT",
        importance=LOW,
        update=PER_BROKER,
        acts=True,
        doc="Which security protocol each listener's name stands for, as NAME:PROTOCOL pairs.",
    )
    early_start_listeners = NullableList(
        None, importance=HIGH, doc="Listeners that would open before the broker has its metadata."
    )
    inter_broker_listener_name = NullableString(
        None, doc="The listener over which brokers talk to each other."
    )
    socket_listen_backlog_size = Int(
        1024, "[1,...]", kafka_default=50, acts=True, doc="Connections that may wait to be accepted."
    )
    socket_receive_buffer_bytes = Int(
        -1,
        kafka_default=102_400,
        importance=HIGH,
        doc="SO_RCVBUF of a connection; -1 leaves it to the operating system, which is faster.",
    )
    socket_send_buffer_bytes = Int(
        -1,
        kafka_default=102_400,
        importance=HIGH,
        doc="SO_SNDBUF of a connection; -1 leaves it to the operating system.",
    )
    socket_request_max_bytes = Int(
        104_857_600,
        "[1,...]",
        importance=HIGH,
        acts=True,
        doc="A larger request closes its connection before it is read.",
    )
    socket_connection_setup_timeout_ms = Long(10_000, doc="First wait for an outgoing connection to be made.")
    socket_connection_setup_timeout_max_ms = Long(
        30_000, doc="Longest wait for an outgoing connection to be made."
    )
    connections_max_idle_ms = Long(
        600_000, acts=True, doc="A connection that is silent for this long is closed; negative: never."
    )
    max_connections = Int(
        MAX_INT,
        "[0,...]",
        update=CLUSTER_WIDE,
        acts=True,
        doc="Connections at any one time, over all listeners.",
    )
    max_connections_per_ip = Int(
        MAX_INT,
        "[0,...]",
        update=CLUSTER_WIDE,
        acts=True,
        doc="Connections at any one time from one address.",
    )
    max_connections_per_ip_overrides = String(
        "", update=CLUSTER_WIDE, acts=True, doc="Other limits for single addresses, as address:limit pairs."
    )
    max_connection_creation_rate = Int(
        MAX_INT, "[0,...]", update=CLUSTER_WIDE, doc="New connections a second."
    )
    queued_max_requests = Int(
        500, "[1,...]", importance=HIGH, doc="Requests that may wait for a free thread."
    )
    queued_max_request_bytes = Long(
        268_435_456,
        kafka_default=-1,
        acts=True,
        doc="Memory of requests being received or waiting; beyond it reading stops. 0 and less: no limit.",
    )
    num_network_threads = Int(
        3,
        "[1,...]",
        importance=HIGH,
        update=CLUSTER_WIDE,
        doc="Threads that would read and write sockets; Kawa has one event loop.",
    )
    num_io_threads = Int(
        8,
        "[1,...]",
        importance=HIGH,
        update=CLUSTER_WIDE,
        doc="Threads that would work on requests; Kawa has one event loop.",
    )
    background_threads = Int(
        10, "[1,...]", importance=HIGH, update=CLUSTER_WIDE, doc="Threads that would do the housekeeping."
    )
    request_timeout_ms = Int(
        30_000, importance=HIGH, doc="Longest wait for the answer to a request of the broker's own."
    )
    fetch_max_bytes = Int(
        57_671_680,
        "[1024,...]",
        acts=True,
        doc="Most bytes in the answer to one fetch, whatever the client asks for.",
    )
    max_incremental_fetch_session_cache_slots = Int(
        1000, "[0,...]", acts=True, doc="Fetch sessions that are remembered at a time."
    )
    max_request_partition_size_limit = Int(
        2000, "[1,...]", acts=True, doc="Most partitions in one answer to DescribeTopicPartitions."
    )
