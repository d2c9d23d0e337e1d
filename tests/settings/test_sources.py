from pathlib import Path

import pytest

from broker.settings.broker import BrokerSettings
from broker.settings.errors import InvalidSetting
from broker.settings.sources import gather, read_environment, read_file

APACHE_COMPOSE = {
    "KAFKA_NODE_ID": "1",
    "KAFKA_PROCESS_ROLES": "broker,controller",
    "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,HOST:PLAINTEXT",
    "KAFKA_ADVERTISED_LISTENERS": "HOST://localhost:9092,PLAINTEXT://broker:19092",
    "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@broker:29093",
    "KAFKA_LISTENERS": "CONTROLLER://:29093,HOST://:9092,PLAINTEXT://:19092",
    "KAFKA_INTER_BROKER_LISTENER_NAME": "PLAINTEXT",
    "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
    "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
    "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
    "KAFKA_LOG_DIRS": "/tmp/kraft-combined-logs",
    "KAFKA_HEAP_OPTS": "-Xmx512M",
    "KAFKA_JMX_PORT": "9101",
    "CLUSTER_ID": "4L6g3nShT-eMCtK--X86sw",
    "PATH": "/bin",
}


def write(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def test_nothing_given_is_nothing_set() -> None:
    assert gather() == ({}, [])


def test_the_command_line_goes_before_the_environment_before_the_file(tmp_path: Path) -> None:
    file = write(
        tmp_path, "server.properties", "num.partitions=1\nmax.connections=1\nbroker.rack=file\nlog.dirs=/file"
    )
    gathered = gather(
        file=file,
        environment={"KAFKA_NUM_PARTITIONS": "2", "KAFKA_MAX_CONNECTIONS": "2", "KAFKA_BROKER_RACK": "env"},
        command_line=[("num.partitions", "3"), ("max.connections", "3")],
    )
    assert gathered.values == {
        "num.partitions": "3",
        "max.connections": "3",
        "broker.rack": "env",
        "log.dirs": "/file",
    }


def test_a_compose_file_for_apaches_image_works_as_it_is() -> None:
    gathered = gather(environment=APACHE_COMPOSE)
    assert gathered.warnings == []
    settings = BrokerSettings.from_values(gathered.values)
    assert settings.kawa_cluster_id == "4L6g3nShT-eMCtK--X86sw"
    assert settings.log_dirs == ["/tmp/kraft-combined-logs"]


@pytest.mark.parametrize(
    ("variable", "name"),
    [
        ("KAFKA_LOG_SEGMENT_BYTES", "log.segment.bytes"),
        ("KAFKA_A__B", "a_b"),
        ("KAFKA_A___B", "a-b"),
        ("KAFKA_LISTENER_NAME_INSIDE_SCRAM___SHA___256_SASL_JAAS_CONFIG", None),
    ],
)
def test_underscores_stand_for_dots_underscores_and_dashes(variable: str, name: str | None) -> None:
    expected = name or "listener.name.inside.scram-sha-256.sasl.jaas.config"
    assert read_environment({variable: "x"}) == ({expected: "x"}, {})


def test_own_settings_have_a_prefix_of_their_own() -> None:
    assert read_environment({"KAWA_CLUSTER_ID": "a", "CLUSTER_ID": "b"}) == ({}, {"kawa.cluster.id": "a"})


def test_an_empty_cluster_id_is_none() -> None:
    assert read_environment({"CLUSTER_ID": ""}) == ({}, {})


def test_advertised_listeners_alone_are_listened_for_on_every_address() -> None:
    gathered = gather(environment={"KAFKA_ADVERTISED_LISTENERS": "PLAINTEXT://kafka:9092, SSL://[::1]:1"})
    assert gathered.values["listeners"] == "PLAINTEXT://0.0.0.0:9092,SSL://0.0.0.0:1"


def test_listeners_of_a_file_stand_beside_advertised_ones_of_the_environment(tmp_path: Path) -> None:
    file = write(tmp_path, "kawa.toml", 'listeners = ["PLAINTEXT://:1"]')
    gathered = gather(file=file, environment={"KAFKA_ADVERTISED_LISTENERS": "PLAINTEXT://kafka:9092"})
    assert gathered.values["listeners"] == "PLAINTEXT://:1"


def test_an_unknown_name_on_the_command_line_stops_the_start() -> None:
    with pytest.raises(InvalidSetting, match=r"^num.partition=1: there is no such setting.*the command line"):
        gather(command_line=[("num.partition", "1")])


def test_an_unknown_name_in_toml_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match=r"^num.partition=1: there is no such setting.*kawa.toml\)$"):
        gather(file=write(tmp_path, "kawa.toml", "num.partition = 1"))


def test_an_unknown_name_of_a_whole_kafka_is_told_and_left_out(tmp_path: Path) -> None:
    file = write(tmp_path, "server.properties", "zookeeper.connect=a\nnum.partitions=3")
    gathered = gather(file=file, environment={"KAFKA_CONFLUENT_METRICS": "b"})
    assert gathered.values == {"num.partitions": "3"}
    assert gathered.warnings == [
        f"zookeeper.connect (in {file}) is not a setting of a broker; it is left out",
        "confluent.metrics (in the environment) is not a setting of a broker; it is left out",
    ]


def test_an_unknown_name_of_our_own_stops_the_start_wherever_it_stands(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match=r"^kawa.durable=1: .*server.properties"):
        gather(file=write(tmp_path, "server.properties", "kawa.durable=1"))
    with pytest.raises(InvalidSetting, match=r"^kawa.durable=1: .*the environment"):
        gather(environment={"KAWA_DURABLE": "1"})


def test_a_value_of_the_wrong_type_stops_the_start_wherever_it_stands(tmp_path: Path) -> None:
    file = write(tmp_path, "server.properties", "num.partitions=many")
    with pytest.raises(InvalidSetting, match=r"^num.partitions=many: must be a whole number .*properties"):
        gather(file=file)
    with pytest.raises(
        InvalidSetting, match=r"^num.partitions=0: must be at least 1 \(in the environment\)$"
    ):
        gather(environment={"KAFKA_NUM_PARTITIONS": "0"})
    with pytest.raises(InvalidSetting, match=r"^num.partitions=: must be a whole number.*command line"):
        gather(command_line=[("num.partitions", "")])


def test_toml_may_use_dots_tables_and_quotes(tmp_path: Path) -> None:
    text = """
    num.partitions = 3
    "max.connections.per.ip" = 5
    listeners = ["PLAINTEXT://:1", "OTHER://:2"]
    auto.create.topics.enable = false
    [log]
    segment.bytes = 2_000_000
    cleaner.min.cleanable.ratio = 0.25
    [kawa]
    topics = ["orders:3", "payments:1:cleanup.policy=compact,delete"]
    """
    assert read_file(write(tmp_path, "kawa.toml", text)) == {
        "num.partitions": "3",
        "max.connections.per.ip": "5",
        "listeners": "PLAINTEXT://:1,OTHER://:2",
        "auto.create.topics.enable": "false",
        "log.segment.bytes": "2000000",
        "log.cleaner.min.cleanable.ratio": "0.25",
        "kawa.topics": "orders:3 payments:1:cleanup.policy=compact,delete",
    }


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a = ", "Invalid value"),
        ('a.b = 1\n"a.b" = 2', "a.b is set twice"),
        ("a = 1979-05-27", "wanted a text, a number, true or false"),
        ("max.connections = 1\nmax.connections.per.ip = 2", "write them in quotes"),
    ],
)
def test_toml_that_makes_no_sense_stops_the_start(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(InvalidSetting, match=complaint) as refused:
        read_file(write(tmp_path, "kawa.toml", text))
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match="No such file"):
        read_file(str(tmp_path / "server.properties"))


def test_properties_may_be_in_utf_8_or_in_latin_1(tmp_path: Path) -> None:
    path = tmp_path / "server.properties"
    for encoding in ("utf-8", "latin-1"):
        path.write_bytes("broker.rack=Zürich".encode(encoding))
        assert read_file(str(path)) == {"broker.rack": "Zürich"}


def test_half_an_escape_in_properties_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match="four hexadecimal digits"):
        read_file(write(tmp_path, "server.properties", "a=\\u1"))
