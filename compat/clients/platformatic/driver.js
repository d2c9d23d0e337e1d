/** The driver of @platformatic/kafka. */

import zlib from 'node:zlib'
import { Consumer, clientSoftwareVersion } from '@platformatic/kafka'
import { Administration } from './administration.js'
import { describeError } from './errors.js'
import { serveForever } from './node_protocol/line_protocol.js'
import { Production } from './production.js'
import { Reading } from './reading.js'

const FEATURES = [
  ...['codec:none', 'codec:gzip', 'codec:snappy', 'codec:lz4', ...(zlib.zstdCompressSync ? ['codec:zstd'] : [])],
  ...['headers', 'null_headers', 'idempotence', 'timestamps', 'admin', 'topic_ids', 'delete_records'],
  ...['create_partitions', 'delivery_reports', 'topic_configs', 'offsets_for_times', 'assigned_partitions'],
  ...['acks', 'partitioner', 'empties'],
]

/** One method an operation; see `compat/README.md`. Those of administration are in a class of their own. */
class Driver extends Administration {
  #producers = new Map()
  #consumers = new Map()

  hello() {
    return { client: 'platformatic', version: clientSoftwareVersion, features: FEATURES }
  }

  async connect(request) {
    await this.quit()
    this.base = { clientId: 'kawa-compat', bootstrapBrokers: request.bootstrap.split(',') }
  }

  async quit() {
    const open = [...this.#producers.values(), ...this.#consumers.values()]
    this.#producers.clear()
    this.#consumers.clear()
    await Promise.all(open.map(each => each.close()))
    await this.closeAdmin()
  }

  producer({ producer, config }) {
    this.#producers.set(producer, new Production(this.base, config))
  }

  produce(request) {
    return this.#producers.get(request.producer).send(request)
  }

  async consumer({ consumer, assign, config }) {
    // It has to name a group, which it joins only when it is asked for a stream.
    const client = new Consumer({ ...this.base, groupId: 'none', retries: 0 })
    const reading = new Reading(client, config)
    this.#consumers.set(consumer, reading)
    for (const place of assign) {
      await reading.seek(place)
    }
  }

  async seek(request) {
    await this.#consumers.get(request.consumer).seek(request)
  }

  consume({ consumer, count, timeout_ms: timeoutMs }) {
    return this.#consumers.get(consumer).take(count, timeoutMs)
  }

  async close_consumer({ consumer }) {
    const reading = this.#consumers.get(consumer)
    this.#consumers.delete(consumer)
    await reading.close()
  }
}

await serveForever(new Driver(), describeError)
