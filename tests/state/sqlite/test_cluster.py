from broker.state.sqlite.cluster import ClusterFacts
from broker.state.sqlite.database import Database


def test_a_new_cluster_has_no_id(database: Database) -> None:
    assert ClusterFacts(database).cluster_id is None


def test_the_id_is_kept(database: Database) -> None:
    facts = ClusterFacts(database)
    facts.put_cluster_id("abc")
    assert facts.cluster_id == "abc"


def test_a_fact_takes_the_place_of_an_older_one(database: Database) -> None:
    facts = ClusterFacts(database)
    facts.put("colour", "red")
    facts.put("colour", "blue")
    assert facts.get("colour") == "blue"
    assert facts.get("shape") is None
