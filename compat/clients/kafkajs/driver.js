/** The driver of kafkajs, which reads only as a member of a group. */

import { createRequire } from 'node:module'
import kafkajs from 'kafkajs'
import snappy from 'kafkajs-snappy'
import { Administration } from './administration.js'
import { describeError } from './errors.js'
import { Membership } from './membership.js'
import { OperationFailed, serveForever } from './node_protocol/line_protocol.js'
import { Production } from './production.js'

const { version } = createRequire(import.meta.url)('kafkajs/package.json')
const FEATURES = [
  ...['codec:none', 'codec:gzip', 'codec:snappy', 'headers', 'idempotence', 'timestamps', 'admin'],
  ...['create_partitions', 'delivery_reports', 'topic_configs', 'delete_records', 'offsets_for_times'],
  ...['acks', 'partitioner', 'empties', 'groups'],
]

kafkajs.CompressionCodecs[kafkajs.CompressionTypes.Snappy] = snappy

/** One method an operation; see `compat/README.md`. Those of administration are in a class of their own. */
class Driver extends Administration {
  #producers = new Map()
  #members = new Map()

  hello() {
    return { client: 'kafkajs', version, features: FEATURES }
  }

  async connect(request) {
    await this.quit()
    this.kafka = new kafkajs.Kafka({
      brokers: request.bootstrap.split(','),
      logLevel: kafkajs.logLevel.WARN,
      retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 30 }, // a broker that starts again may take long
    })
  }

  async quit() {
    await Promise.all([...this.#producers.values()].map(producer => producer.close()))
    await Promise.all([...this.#members.values()].map(member => member.close()))
    this.#producers.clear()
    this.#members.clear()
    await this.closeAdmin()
  }

  async producer({ producer, config }) {
    this.#producers.set(producer, await Production.start(this.kafka, config))
  }

  produce(request) {
    return this.#producers.get(request.producer).send(request)
  }

  async consumer(request) {
    if (!request.group) {
      throw new OperationFailed('UNSUPPORTED', 'a consumer of assigned partitions')
    }
    this.#members.set(request.consumer, await Membership.join(this.kafka, request))
  }

  consume({ consumer, count, timeout_ms: timeoutMs }) {
    return this.#members.get(consumer).take(count, timeoutMs)
  }

  commit({ consumer }) {
    return this.#members.get(consumer).commit()
  }

  async close_consumer({ consumer }) {
    const member = this.#members.get(consumer)
    this.#members.delete(consumer)
    await member.close()
  }
}

await serveForever(new Driver(), describeError)
