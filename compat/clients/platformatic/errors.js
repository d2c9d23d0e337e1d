/** The client gathers errors: those of its tries, and those of an answer about several partitions. */

function* every(error) {
  for (const inner of error.errors ?? []) {
    yield* every(inner)
  }
  yield error
}

/** Kafka's code and name if there is one of Kafka's errors, else the client's name. */
export function describeError(error) {
  const told = [...every(error)]
  const kafkas = told.find(each => each.apiCode !== undefined)
  if (kafkas) {
    return { code: kafkas.apiCode, name: kafkas.apiId, message: kafkas.serverErrorMessage ?? kafkas.message }
  }
  return { code: null, name: told[0].code ?? told[0].name, message: told[0].message }
}

/** Whether it may be gone when asked again. */
export const passes = error => error.findBy?.('canRetry', false) === null
