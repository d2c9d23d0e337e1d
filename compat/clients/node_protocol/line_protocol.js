/**
 * What the Node drivers share: reading requests and writing answers as JSON lines.
 *
 * A driver is an object with one method for each operation it knows, named like the operation
 * (`compat/README.md` lists them). A method takes the request and returns what goes under "result";
 * it throws `OperationFailed` to answer with an error. Anything else that it throws is put into the
 * client's own words by `describeError`.
 */

import process from 'node:process'
import { createInterface } from 'node:readline'

// Whatever a client library prints to stdout goes to stderr instead.
const writeAnswer = process.stdout.write.bind(process.stdout)
process.stdout.write = process.stderr.write.bind(process.stderr)

/** An operation ended with an error that the scenario may be waiting for. */
export class OperationFailed extends Error {
  constructor(name, message, code = null) {
    super(message)
    this.description = { code, name, message }
  }
}

export const toBytes = text => (text == null ? null : Buffer.from(text, 'base64'))
export const toText = bytes => (bytes == null ? null : bytes.toString('base64'))

const write = message => writeAnswer(`${JSON.stringify(message)}\n`)

/** Call the result with a number of acknowledged records: it tells the harness every so often. */
export function counter({ id, progress_every: every = 0 }) {
  let acknowledged = 0
  return count => {
    const told = every && Math.floor(acknowledged / every)
    acknowledged += count
    if (every && Math.floor(acknowledged / every) > told) {
      write({ id, progress: { acknowledged } })
    }
  }
}

/** Answer one request after the other until the harness closes the pipe. */
export async function serveForever(driver, describeError) {
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line)
    write({ id: request.id, ...(await answer(driver, request, describeError)) })
    if (request.op === 'quit') {
      break
    }
  }
  process.exit()
}

async function answer(driver, request, describeError) {
  if (typeof driver[request.op] !== 'function') {
    const message = `this driver has no operation ${request.op}`
    return { ok: false, error: { code: null, name: 'UNSUPPORTED', message } }
  }
  try {
    return { ok: true, result: (await driver[request.op](request)) ?? null }
  } catch (error) {
    return { ok: false, error: error instanceof OperationFailed ? error.description : describeError(error) }
  }
}
