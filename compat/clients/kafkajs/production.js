/** Producing with kafkajs: what is sent at a time is a batch, so batches are made up here. */

import kafkajs from 'kafkajs'
import { OperationFailed, counter, toBytes } from './node_protocol/line_protocol.js'
import { describeError } from './errors.js'

const { CompressionTypes, Partitioners } = kafkajs
const CODECS = { none: CompressionTypes.None, gzip: CompressionTypes.GZIP, snappy: CompressionTypes.Snappy }
const TIMEOUT_MS = 25_000
const RECORD_OVERHEAD_BYTES = 12
const BATCH_RECORDS = 10_000 // the time that kafkajs takes grows with their square

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

function sizeOf({ value, key, headers }) {
  const inHeaders = Object.entries(headers).flatMap(([name, values]) =>
    values.map(header => name.length + (header?.length ?? 0)),
  )
  return inHeaders.reduce((sum, size) => sum + size, RECORD_OVERHEAD_BYTES + (value?.length ?? 0) + (key?.length ?? 0))
}

function* batches(messages, limitBytes) {
  let batch = []
  let bytes = 0
  for (const message of messages) {
    const size = sizeOf(message)
    if (batch.length === BATCH_RECORDS || (batch.length && bytes + size > limitBytes)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(message)
    bytes += size
  }
  if (batch.length) {
    yield batch
  }
}

/** A producer, which remembers the partition that was chosen for each message. */
export class Production {
  #producer
  #batchBytes
  #options
  #chosen = new WeakMap()

  static async start(kafka, config) {
    const production = new Production(kafka, config)
    await production.#producer.connect()
    return production
  }

  constructor(kafka, { acks = 'all', compression = 'none', idempotence = false, batch_bytes: batchBytes = 16_384 }) {
    this.#batchBytes = batchBytes
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

  /** An outcome for each record, in order. */
  async send(request) {
    const count = counter(request)
    const deadline = Date.now() + TIMEOUT_MS
    const outcomes = []
    for (const messages of batches(request.records.map(messageOf), this.#batchBytes)) {
      try {
        outcomes.push(...(await this.#sendBatch(request.topic, messages, deadline - Date.now())))
        count(messages.length)
      } catch (error) {
        outcomes.push(...messages.map(() => ({ error: describeError(error) })))
      }
    }
    return outcomes
  }

  async #sendBatch(topic, messages, timeoutMs) {
    let timer
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error('neither acknowledged nor refused in time')), timeoutMs)
    })
    try {
      return this.#places(messages, await Promise.race([this.#producer.send({ ...this.#options, topic, messages }), late]))
    } finally {
      clearTimeout(timer)
    }
  }

  /** Told are the first offsets of each partition; with acks=0 nothing is. */
  #places(messages, told) {
    const next = new Map(told.map(({ partition, baseOffset }) => [partition, Number(baseOffset)]))
    return messages.map(message => {
      const partition = this.#chosen.get(message)
      const offset = next.get(partition) ?? -1
      if (offset >= 0) {
        next.set(partition, offset + 1)
      }
      return { partition, offset }
    })
  }
}
