"""How a node is reached."""

from broker.cluster.nodes import Address, Endpoint, Node

NODE = Node(1, None, {"PLAINTEXT": Endpoint(None, 9092), "OUTSIDE": Endpoint("kafka.example", 9093)})


def test_a_listener_without_a_host_is_where_the_client_has_come_to() -> None:
    assert NODE.address("PLAINTEXT", local_host="10.0.0.7") == Address("10.0.0.7", 9092)


def test_an_advertised_host_is_what_every_client_is_told() -> None:
    assert NODE.address("OUTSIDE", local_host="10.0.0.7") == Address("kafka.example", 9093)
