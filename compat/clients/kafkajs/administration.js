/** What kafkajs's administrator does: topics, their offsets and configs, and the cluster. */

import kafkajs from 'kafkajs'
import { OperationFailed } from './node_protocol/line_protocol.js'

const TOPIC = kafkajs.ConfigResourceTypes.TOPIC
const TOPIC_ALREADY_EXISTS = 36

const entriesOf = configs => Object.entries(configs).map(([name, value]) => ({ name, value }))

export class Administration {
  kafka
  #connected

  /** Connected on first use, and kept. */
  #admin() {
    this.#connected ??= (async () => {
      const admin = this.kafka.admin({ retry: { retries: 2 } })
      await admin.connect()
      return admin
    })()
    return this.#connected
  }

  async closeAdmin() {
    const connected = this.#connected
    this.#connected = undefined
    await (await connected)?.disconnect()
  }

  async create_topic({ topic, partitions, replication_factor: replicationFactor = 1, configs = {} }) {
    const wanted = { topic, numPartitions: partitions, replicationFactor, configEntries: entriesOf(configs) }
    // Not waiting for leaders: kafkajs takes it for an error that a broker does not know the topic yet.
    if (!(await (await this.#admin()).createTopics({ topics: [wanted], waitForLeaders: false }))) {
      throw new OperationFailed('TOPIC_ALREADY_EXISTS', 'createTopics said false', TOPIC_ALREADY_EXISTS)
    }
  }

  async create_partitions({ topic, partitions }) {
    await (await this.#admin()).createPartitions({ topicPartitions: [{ topic, count: partitions }] })
  }

  async delete_topic({ topic }) {
    await (await this.#admin()).deleteTopics({ topics: [topic] })
  }

  async list_topics() {
    return (await (await this.#admin()).listTopics()).sort()
  }

  async describe_topic({ topic }) {
    const { topics } = await (await this.#admin()).fetchTopicMetadata({ topics: [topic] })
    const partitions = topics[0].partitions.map(each => ({
      partition: each.partitionId,
      leader: each.leader,
      replicas: each.replicas,
    }))
    return { topic_id: null, partitions: partitions.sort((a, b) => a.partition - b.partition) }
  }

  async describe_cluster() {
    const { controller, brokers } = await (await this.#admin()).describeCluster()
    const nodes = brokers.map(({ nodeId, host, port }) => ({ node_id: nodeId, host, port }))
    return { controller, brokers: nodes.sort((a, b) => a.node_id - b.node_id) }
  }

  async topic_configs({ topic }) {
    const { resources } = await (await this.#admin()).describeConfigs({ resources: [{ type: TOPIC, name: topic }] })
    return Object.fromEntries(resources[0].configEntries.map(each => [each.configName, each.configValue]))
  }

  async alter_topic_configs({ topic, configs }) {
    const resources = [{ type: TOPIC, name: topic, configEntries: entriesOf(configs) }]
    await (await this.#admin()).alterConfigs({ resources })
  }

  /** Where the log begins or ends, or the first offset at or after a time: the end if there is none. */
  async offsets({ topic, partitions, at }) {
    const admin = await this.#admin()
    const ends = await admin.fetchTopicOffsets(topic)
    const isTime = typeof at === 'number'
    const found = isTime ? await admin.fetchTopicOffsetsByTimestamp(topic, at) : ends
    const offsetIn = (rows, partition, name) => Number(rows.find(row => row.partition === partition)[name])
    return partitions.map(partition => {
      const offset = offsetIn(found, partition, at === 'beginning' ? 'low' : 'offset')
      return { partition, offset: isTime && offset === offsetIn(ends, partition, 'high') ? null : offset }
    })
  }

  /** The client knows the leaders only after it has asked for offsets, and does not tell the marks. */
  async delete_records({ topic, partitions }) {
    const admin = await this.#admin()
    await admin.fetchTopicOffsets(topic)
    const wanted = partitions.map(each => ({ partition: each.partition, offset: String(each.before_offset) }))
    await admin.deleteTopicRecords({ topic, partitions: wanted })
    const starts = await this.offsets({ topic, partitions: partitions.map(each => each.partition), at: 'beginning' })
    return starts.map(({ partition, offset }) => ({ partition, low_watermark: offset }))
  }
}
