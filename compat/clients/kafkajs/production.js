/** Producing with kafkajs. */

import kafkajs from 'kafkajs'
import { describeError } from './errors.js'
import { OperationFailed, toBytes } from './node_protocol/line_protocol.js'
import { placesOf, produceInBatches } from './node_protocol/producing.js'

const { CompressionTypes, Partitioners } = kafkajs
const CODECS = { none: CompressionTypes.None, gzip: CompressionTypes.GZIP, snappy: CompressionTypes.Snappy }

/** Headers are an object, from name to values, to kafkajs. */
function headersOf(pairs) {
  const headers = {}
  for (const [name, text] of pairs) {
    headers[name] ??= []
    headers[name].push(toBytes(text))
  }
  const kept = Object.keys(headers).flatMap(name => headers[name].map(() => name))
  if (pairs.some(([name], place) => name !== kept[place])) {
    throw new OperationFailed('UNSUPPORTED', `headers in this order: ${pairs.map(([name]) => name)}`)
  }
  return headers
}

function messageOf({ value, key, headers = [], partition, timestamp_ms: timestamp }) {
  return {
    value: toBytes(value),
    key: toBytes(key),
    headers: headersOf(headers),
    ...(partition !== undefined && { partition }),
    ...(timestamp !== undefined && { timestamp: String(timestamp) }),
  }
}

/** A producer, which remembers the partition that was chosen for each message. */
export class Production {
  #producer
  #config
  #options
  #chosen = new WeakMap()

  static async start(kafka, config) {
    const production = new Production(kafka, config)
    await production.#producer.connect()
    return production
  }

  constructor(kafka, config) {
    const { acks = 'all', compression = 'none', idempotence = false } = config
    this.#config = config
    this.#options = { acks: acks === 'all' ? -1 : Number(acks), compression: CODECS[compression] }
    this.#producer = kafka.producer({ idempotent: idempotence, createPartitioner: () => this.#partitioner() })
  }

  #partitioner() {
    const choose = Partitioners.DefaultPartitioner()
    return args => {
      const partition = choose(args)
      this.#chosen.set(args.message, partition)
      return partition
    }
  }

  close() {
    return this.#producer.disconnect()
  }

  send(request) {
    return produceInBatches(request, this.#config, records => this.#sendBatch(request.topic, records), describeError)
  }

  async #sendBatch(topic, records) {
    const messages = records.map(messageOf)
    const told = await this.#producer.send({ ...this.#options, topic, messages })
    const firstOffsets = told.map(({ partition, baseOffset }) => [partition, Number(baseOffset)])
    return placesOf(messages.map(message => this.#chosen.get(message)), firstOffsets)
  }
}
