"""DescribeCluster (key 60): the cluster's id, its brokers and its controller (KIP-700).

v1 endpoints of brokers or of controllers (KIP-919)   v2 fenced brokers (KIP-1073)
"""

from __future__ import annotations

from broker.protocol.message import Bool, Int8, Int16, Int32, String, field, request, response, struct


@request(key=60, versions="0-2", flexible="0+")
class DescribeClusterRequest:
    include_cluster_authorized_operations: Bool
    endpoint_type: Int8 = field("1+", default=1)  # 1 brokers, 2 controllers
    include_fenced_brokers: Bool = field("2+", default=False)


@response(key=60, versions="0-2", flexible="0+")
class DescribeClusterResponse:
    throttle_time_ms: Int32 = 0
    error_code: Int16
    error_message: String | None = None
    endpoint_type: Int8 = field("1+", default=1)
    cluster_id: String
    controller_id: Int32 = -1
    brokers: list[DescribeClusterBroker]
    # bits by AclOperation; the lowest number: was not asked for
    cluster_authorized_operations: Int32 = -2147483648


@struct
class DescribeClusterBroker:
    broker_id: Int32
    host: String
    port: Int32
    rack: String | None = None
    is_fenced: Bool = field("2+")
