/** Reading with @platformatic/kafka: its streams want a group, its `fetch` does not, and keeps no positions. */

import { setTimeout as pause } from 'node:timers/promises'
import { ListOffsetTimestamps } from '@platformatic/kafka'
import { passes } from './errors.js'
import { toText } from './node_protocol/line_protocol.js'

const ENDS = { beginning: ListOffsetTimestamps.EARLIEST, end: ListOffsetTimestamps.LATEST }
const RETRY_MS = 100

function groupBy(items, keyOf) {
  const groups = new Map()
  for (const item of items) {
    const key = keyOf(item)
    groups.set(key, [...(groups.get(key) ?? []), item])
  }
  return groups
}

/** The partitions that are read, with the offsets where to go on. */
export class Reading {
  #consumer
  #fetchMaxWaitMs
  #minBytes
  #partitionMaxBytes
  #positions = []
  #ready = []

  constructor(consumer, config) {
    this.#consumer = consumer
    this.#fetchMaxWaitMs = config.fetch_max_wait_ms ?? 200
    this.#minBytes = config.fetch_min_bytes ?? 1
    this.#partitionMaxBytes = config.max_partition_fetch_bytes ?? 1 << 20
  }

  close() {
    return this.#consumer.close()
  }

  async seek({ topic, partition, offset }) {
    const isOther = each => each.topic !== topic || each.partition !== partition
    const position = { topic, partition, offset: await this.#resolved(topic, partition, offset) }
    this.#positions = [...this.#positions.filter(isOther), position]
    this.#ready = this.#ready.filter(isOther)
  }

  async #resolved(topic, partition, offset) {
    if (typeof offset === 'number') {
      return BigInt(offset)
    }
    const partitions = { [topic]: [partition] }
    const found = await this.#consumer.listOffsets({ topics: [topic], partitions, timestamp: ENDS[offset] })
    return found.get(topic)[partition]
  }

  /** The next `count` records, or fewer when the time is over. */
  async take(count, timeoutMs) {
    const deadline = Date.now() + timeoutMs
    while (this.#ready.length < count && Date.now() < deadline) {
      try {
        await this.#fetch(deadline - Date.now())
      } catch (error) {
        if (!passes(error)) {
          throw error
        }
        this.#consumer.clearMetadata()
        await pause(RETRY_MS)
      }
    }
    return this.#ready.splice(0, count)
  }

  /** Ask each leader for its partitions. */
  async #fetch(leftMs) {
    const topics = [...new Set(this.#positions.map(({ topic }) => topic))]
    const metadata = await this.#consumer.metadata({ topics })
    const byLeader = groupBy(this.#positions, ({ topic, partition }) => {
      return metadata.topics.get(topic).partitions[partition].leader
    })
    const options = { maxWaitTime: Math.min(leftMs, this.#fetchMaxWaitMs), minBytes: this.#minBytes }
    const asked = [...byLeader].map(async ([node, positions]) => {
      const wanted = positions.map(position => this.#wanted(position, metadata.topics.get(position.topic).id))
      const { responses } = await this.#consumer.fetch({ ...options, node, topics: wanted })
      for (const { topicId, partitions } of responses) {
        const topic = topics.find(name => metadata.topics.get(name).id === topicId)
        for (const { partitionIndex, records = [] } of partitions) {
          this.#keep(positions.find(each => each.topic === topic && each.partition === partitionIndex), records)
        }
      }
    })
    const failed = (await Promise.allSettled(asked)).find(({ status }) => status === 'rejected')
    if (failed) {
      throw failed.reason
    }
  }

  #wanted({ partition, offset }, topicId) {
    const place = { partition, fetchOffset: offset, partitionMaxBytes: this.#partitionMaxBytes }
    return { topicId, partitions: [{ ...place, currentLeaderEpoch: -1, lastFetchedEpoch: -1 }] }
  }

  /** A batch may begin before what was asked for. */
  #keep(position, batches) {
    const { topic, partition } = position
    for (const { firstOffset, firstTimestamp, lastOffsetDelta, records } of batches) {
      for (const { offsetDelta, timestampDelta, key, value, headers } of records) {
        const offset = firstOffset + BigInt(offsetDelta)
        if (offset >= position.offset) {
          this.#ready.push({
            topic,
            partition,
            offset: Number(offset),
            timestamp_ms: Number(firstTimestamp + timestampDelta),
            key: toText(key),
            value: toText(value),
            headers: headers.map(([name, header]) => [name.toString(), toText(header)]),
          })
        }
      }
      position.offset = firstOffset + BigInt(lastOffsetDelta) + 1n
    }
  }
}
