"""What Apache Kafka has no setting for."""

from broker.settings.setting import HIGH, Boolean, Declarations, Int, NullableString, String


class KawaSettings(Declarations):
    kawa_durability = String(
        "page-cache",
        "[page-cache, fsync]",
        importance=HIGH,
        acts=True,
        doc="When a record counts as kept: handed to the operating system, or on the disk (fsync).",
    )
    kawa_memory = Boolean(
        False, importance=HIGH, acts=True, doc="Keep everything in memory and nothing on disk."
    )
    kawa_brokers = Int(
        1, "[1,...,100]", importance=HIGH, acts=True, doc="Nodes in this process; their ids follow node.id."
    )
    kawa_cluster_id = NullableString(
        None, "non-empty string", acts=True, doc="Id of a new cluster, if it should not be a random one."
    )
    kawa_topics = String(
        "", acts=True, doc="Topics to make at the start, name:partitions[:config=value,...], between blanks."
    )
    kawa_log_level = String(
        "info", "[debug, info, warning, error]", acts=True, doc="Least level of what is told on stderr."
    )
