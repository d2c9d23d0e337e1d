/** What the administrator of @platformatic/kafka does: topics, their offsets and configs, and the cluster. */

import { Admin, ConfigResourceTypes, IncrementalAlterConfigOperationTypes, ListOffsetTimestamps } from '@platformatic/kafka'

const ENDS = { beginning: ListOffsetTimestamps.EARLIEST, end: ListOffsetTimestamps.LATEST }
const byNumber = name => (a, b) => a[name] - b[name]

export class Administration {
  base
  #opened

  get #admin() {
    this.#opened ??= new Admin(this.base)
    return this.#opened
  }

  async closeAdmin() {
    await this.#opened?.close()
    this.#opened = undefined
  }

  async create_topic({ topic, partitions, replication_factor: replicas = 1, configs = {} }) {
    const rows = Object.entries(configs).map(([name, value]) => ({ name, value }))
    await this.#admin.createTopics({ topics: [topic], partitions, replicas, configs: rows })
  }

  async create_partitions({ topic, partitions }) {
    await this.#admin.createPartitions({ topics: [{ name: topic, count: partitions, assignments: null }] })
  }

  async delete_topic({ topic }) {
    await this.#admin.deleteTopics({ topics: [topic] })
  }

  list_topics() {
    return this.#admin.listTopics()
  }

  async describe_topic({ topic }) {
    const { topics } = await this.#admin.metadata({ topics: [topic], forceUpdate: true })
    const { id, partitions } = topics.get(topic)
    const rows = partitions.map(({ leader, replicas }, partition) => ({ partition, leader, replicas }))
    return { topic_id: id, partitions: rows }
  }

  async describe_cluster() {
    const { controllerId, brokers } = await this.#admin.metadata({ topics: [], forceUpdate: true })
    const rows = [...brokers].map(([node, { host, port }]) => ({ node_id: node, host, port }))
    return { controller: controllerId, brokers: rows.sort(byNumber('node_id')) }
  }

  async topic_configs({ topic }) {
    const resources = [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: topic }]
    const [{ configs }] = await this.#admin.describeConfigs({ resources })
    return Object.fromEntries(configs.map(({ name, value }) => [name, value]))
  }

  async alter_topic_configs({ topic, configs }) {
    const configOperation = IncrementalAlterConfigOperationTypes.SET
    const rows = Object.entries(configs).map(([name, value]) => ({ name, value, configOperation }))
    const resources = [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: topic, configs: rows }]
    await this.#admin.incrementalAlterConfigs({ resources })
  }

  /** Where the log begins or ends, or the first offset at or after a time. */
  async offsets({ topic, partitions, at }) {
    const timestamp = ENDS[at] ?? BigInt(at)
    const wanted = partitions.map(partitionIndex => ({ partitionIndex, timestamp }))
    this.#admin.clearMetadata() // a leader may have moved
    const [found] = await this.#admin.listOffsets({ topics: [{ name: topic, partitions: wanted }] })
    const rows = found.partitions.map(({ partitionIndex, offset }) => ({
      partition: partitionIndex,
      offset: offset < 0n ? null : Number(offset),
    }))
    return rows.sort(byNumber('partition'))
  }

  async delete_records({ topic, partitions }) {
    const wanted = partitions.map(each => ({ partition: each.partition, offset: BigInt(each.before_offset) }))
    const [found] = await this.#admin.deleteRecords({ topics: [{ name: topic, partitions: wanted }] })
    const rows = found.partitions.map(each => ({ partition: each.partition, low_watermark: Number(each.lowWatermark) }))
    return rows.sort(byNumber('partition'))
  }
}
