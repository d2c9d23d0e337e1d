/** Producing with @platformatic/kafka. */

import { Producer, defaultPartitioner } from '@platformatic/kafka'
import { describeError } from './errors.js'
import { toBytes } from './node_protocol/line_protocol.js'
import { placesOf, produceInBatches } from './node_protocol/producing.js'

/** Headers are a map by identity, so names may be there twice. */
const headersOf = pairs => new Map(pairs.map(([name, text]) => [Buffer.from(name), toBytes(text)]))

/** A producer, which remembers the number that was chosen for each message; its partition is the remainder. */
export class Production {
  #producer
  #config
  #options
  #chosen = new WeakMap()
  #next = 0

  constructor(base, config) {
    const { acks = 'all', compression = 'none', idempotence = false } = config
    this.#config = config
    this.#options = { acks: acks === 'all' ? -1 : Number(acks), compression }
    this.#producer = new Producer({
      ...base,
      idempotent: idempotence,
      autocreateTopics: true,
      partitioner: (message, key) => this.#choose(message, key),
    })
  }

  #choose(message, key) {
    const number = key ? defaultPartitioner(message, key) : this.#next++
    this.#chosen.set(message, number)
    return number
  }

  close() {
    return this.#producer.close()
  }

  send(request) {
    return produceInBatches(request, this.#config, records => this.#sendBatch(request.topic, records), describeError)
  }

  async #sendBatch(topic, records) {
    const messages = records.map(({ value, key, headers = [], partition, timestamp_ms: timestamp }) => ({
      topic,
      value: toBytes(value),
      key: toBytes(key),
      headers: headersOf(headers),
      ...(partition !== undefined && { partition }),
      ...(timestamp !== undefined && { timestamp: BigInt(timestamp) }),
    }))
    const { offsets = [] } = await this.#producer.send({ ...this.#options, messages })
    const count = this.#producer.currentMetadata.topics.get(topic).partitionsCount
    const partitions = messages.map(message => message.partition ?? this.#chosen.get(message) % count)
    return placesOf(partitions, offsets.map(({ partition, offset }) => [partition, Number(offset)]))
  }
}
