/** kafkajs wraps errors: in those of its retries, and of requests about several topics or partitions. */

const innermost = error => {
  const inner = error.errors?.[0] ?? error.partitions?.find(each => each.error)?.error ?? error.cause
  return inner instanceof Error && inner !== error ? innermost(inner) : error
}

/** Kafka's code and name if it is one of Kafka's errors, else the client's name. */
export function describeError(error) {
  const { code, type, name, message } = innermost(error)
  return { code: type === undefined ? null : code, name: type ?? name, message }
}
