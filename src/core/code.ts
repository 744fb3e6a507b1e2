/**
 * The outcome of a call: gRPC's status codes, by number and (in lower case) by name.
 * Source: grpc/doc/statuscodes.md.
 */
export enum Code {
  ok = 0,
  canceled = 1,
  unknown = 2,
  invalid_argument = 3,
  deadline_exceeded = 4,
  not_found = 5,
  already_exists = 6,
  permission_denied = 7,
  resource_exhausted = 8,
  failed_precondition = 9,
  aborted = 10,
  out_of_range = 11,
  unimplemented = 12,
  internal = 13,
  unavailable = 14,
  data_loss = 15,
  unauthenticated = 16,
}

/** The name of a code, such as `not_found`. */
export type CodeName = keyof typeof Code

/** The code of that name or number; undefined when there is none. */
export function codeOf(nameOrNumber: unknown): Code | undefined {
  if (typeof nameOrNumber === 'number') return Code[nameOrNumber] === undefined ? undefined : nameOrNumber
  if (typeof nameOrNumber !== 'string' || !Object.hasOwn(Code, nameOrNumber)) return undefined
  const code: unknown = Code[nameOrNumber as CodeName]
  return typeof code === 'number' ? code : undefined
}

const unhealthy: ReadonlySet<Code | undefined> = new Set([
  Code.unavailable,
  Code.deadline_exceeded,
  Code.internal,
  Code.unknown,
  Code.data_loss,
  Code.resource_exhausted,
])

/** Whether the code speaks of the server's health: `unavailable` does, `not_found` is the answer of a healthy one. */
export function isHealthCode(code: Code | undefined): boolean {
  return unhealthy.has(code)
}

/** The name of a code, as it stands in messages and in JSON. */
export function codeName(code: Code): CodeName {
  return Code[code] as CodeName
}
