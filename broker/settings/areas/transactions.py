"""Transactions and the ids of idempotent producers."""

from broker.settings.setting import CLUSTER_WIDE, HIGH, LOW, Boolean, Declarations, Int, Short


class TransactionsSettings(Declarations):
    transaction_max_timeout_ms = Int(
        900_000, "[1,...]", importance=HIGH, doc="Longest timeout that a transaction may ask for."
    )
    transactional_id_expiration_ms = Int(
        604_800_000, "[1,...]", importance=HIGH, doc="How long an unused transactional id is remembered."
    )
    transaction_abort_timed_out_transaction_cleanup_interval_ms = Int(
        10_000, "[1,...]", importance=LOW, doc="How often to look for transactions that are out of time."
    )
    transaction_remove_expired_transaction_cleanup_interval_ms = Int(
        3_600_000, "[1,...]", importance=LOW, doc="How often to look for transactional ids to forget."
    )
    transaction_partition_verification_enable = Boolean(
        True,
        importance=LOW,
        update=CLUSTER_WIDE,
        doc="Check that a partition belongs to the transaction before writing to it.",
    )
    transaction_two_phase_commit_enable = Boolean(
        False, importance=LOW, doc="Whether an outside coordinator may hold transactions open (KIP-939)."
    )
    transaction_state_log_num_partitions = Int(
        50,
        "[1,...]",
        importance=HIGH,
        acts=True,
        doc="Partitions of __transaction_state: they decide which broker coordinates a transactional id.",
    )
    transaction_state_log_replication_factor = Short(
        1, "[1,...]", kafka_default=3, importance=HIGH, doc="Replicas of __transaction_state."
    )
    transaction_state_log_min_isr = Int(
        1,
        "[1,...]",
        kafka_default=2,
        importance=HIGH,
        doc="Replicas of __transaction_state that must be in sync.",
    )
    transaction_state_log_segment_bytes = Int(
        104_857_600, "[1,...]", importance=HIGH, doc="Segment size of __transaction_state."
    )
    transaction_state_log_load_buffer_size = Int(
        5_242_880, "[1,...]", importance=HIGH, doc="Bytes read at a time while transactions are loaded."
    )
    add_partitions_to_txn_retry_backoff_ms = Int(
        20, "[1,...]", importance=HIGH, doc="First pause before a partition is added to a transaction again."
    )
    add_partitions_to_txn_retry_backoff_max_ms = Int(
        100, "[0,...]", importance=HIGH, doc="Longest such pause."
    )
    producer_id_expiration_ms = Int(
        86_400_000,
        "[1,...]",
        importance=LOW,
        update=CLUSTER_WIDE,
        acts=True,
        doc="A partition forgets a producer that is silent for this long.",
    )
    producer_id_expiration_check_interval_ms = Int(
        600_000,
        "[1,...]",
        importance=LOW,
        internal=True,
        doc="How often to look for producers to forget.",
    )
