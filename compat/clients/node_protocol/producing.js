/** For clients whose application makes up the batches: whatever it sends at a time is one, in each partition. */

import { counter } from './line_protocol.js'

const TIMEOUT_MS = 25_000
const RECORD_OVERHEAD_BYTES = 12
const BATCH_BYTES = 16_384
const BATCH_RECORDS = 10_000 // the time that some clients take grows with their square

/** What a record of a request takes in a batch, about. */
function sizeOf({ value, key, headers = [] }) {
  const texts = [value, key, ...headers.flat()]
  return texts.reduce((sum, text) => sum + ((text?.length ?? 0) * 3) / 4, RECORD_OVERHEAD_BYTES)
}

function* batches(records, limitBytes) {
  let batch = []
  let bytes = 0
  for (const record of records) {
    const size = sizeOf(record)
    if (batch.length === BATCH_RECORDS || (batch.length && bytes + size > limitBytes)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(record)
    bytes += size
  }
  if (batch.length) {
    yield batch
  }
}

async function withinTime(promise, timeoutMs) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('neither acknowledged nor refused in time')), timeoutMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** An outcome for each record, in order. `send` gets a batch's records and gives where they went. */
export async function produceInBatches(request, { batch_bytes: limitBytes = BATCH_BYTES }, send, describeError) {
  const count = counter(request)
  const deadline = Date.now() + TIMEOUT_MS
  const outcomes = []
  for (const records of batches(request.records, limitBytes)) {
    try {
      outcomes.push(...(await withinTime(send(records), deadline - Date.now())))
      count(records.length)
    } catch (error) {
      outcomes.push(...records.map(() => ({ error: describeError(error) })))
    }
  }
  return outcomes
}

/** Where records went, by their partitions and the first offsets in these; without one it is not told. */
export function placesOf(partitions, firstOffsets) {
  const next = new Map(firstOffsets)
  return partitions.map(partition => {
    const offset = next.get(partition) ?? -1
    if (offset >= 0) {
      next.set(partition, offset + 1)
    }
    return { partition, offset }
  })
}
