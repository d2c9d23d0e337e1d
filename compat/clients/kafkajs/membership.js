/** Reading with kafkajs, as a member of a group: it calls back with each message, which is kept until it is taken. */

import { setTimeout as pause } from 'node:timers/promises'
import { toText } from './node_protocol/line_protocol.js'

const LOOK_AGAIN_MS = 10

const rowOf = (topic, partition, { offset, timestamp, key, value, headers = {} }) => ({
  topic,
  partition,
  offset: Number(offset),
  timestamp_ms: Number(timestamp),
  key: toText(key),
  value: toText(value),
  headers: Object.entries(headers).flatMap(([name, values]) => [values].flat().map(each => [name, toText(each)])),
})

/** What has been taken is what a commit is about. */
export class Membership {
  #consumer
  #ready = []
  #taken = new Map()

  static async join(kafka, { group, subscribe, config }) {
    const membership = new Membership(
      kafka.consumer({
        groupId: group,
        sessionTimeout: config.session_timeout_ms ?? 6_000,
        heartbeatInterval: 500,
        rebalanceTimeout: 10_000,
        maxWaitTimeInMs: config.fetch_max_wait_ms ?? 200,
        metadataMaxAge: 1_000,
      }),
    )
    await membership.#begin(subscribe, config.offset_reset !== 'end')
    return membership
  }

  constructor(consumer) {
    this.#consumer = consumer
  }

  async #begin(topics, fromBeginning) {
    await this.#consumer.connect()
    await this.#consumer.subscribe({ topics, fromBeginning })
    await this.#consumer.run({
      autoCommit: false,
      eachMessage: async ({ topic, partition, message }) => {
        this.#ready.push(rowOf(topic, partition, message))
      },
    })
  }

  /** The next `count` records, or fewer when the time is over. */
  async take(count, timeoutMs) {
    const deadline = Date.now() + timeoutMs
    while (this.#ready.length < count && Date.now() < deadline) {
      await pause(LOOK_AGAIN_MS)
    }
    const taken = this.#ready.splice(0, count)
    for (const { topic, partition, offset } of taken) {
      this.#taken.set(`${topic}-${partition}`, { topic, partition, offset: String(offset + 1) })
    }
    return taken
  }

  async commit() {
    await this.#consumer.commitOffsets([...this.#taken.values()])
    this.#taken.clear()
  }

  close() {
    return this.#consumer.disconnect()
  }
}
