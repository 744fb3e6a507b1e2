/**
 * What kind of failure a call ended with: gRPC's status codes, on every wire. Source: grpc/doc/statuscodes.md.
 *
 * @example
 * if (error instanceof RpcError && error.code === Code.not_found) return undefined
 *
 * @see docs/guide/errors.md#which-code-to-throw
 */
export enum Code {
  /** Success. An error never has it. */
  ok = 0,
  /** The caller cancelled the call. */
  canceled = 1,
  /** No other code fits. */
  unknown = 2,
  /** The request is wrong, whatever the state of the system. */
  invalid_argument = 3,
  /** Time ran out before the call was complete. */
  deadline_exceeded = 4,
  /** The requested thing does not exist. */
  not_found = 5,
  /** The thing to be created exists. */
  already_exists = 6,
  /** The caller is known and may not do this. */
  permission_denied = 7,
  /** A quota or a limit is used up. */
  resource_exhausted = 8,
  /** The state of the system must change before a retry makes sense. */
  failed_precondition = 9,
  /** A conflict, such as a lost transaction: retry the whole transaction. */
  aborted = 10,
  /** The request goes past the end of something. */
  out_of_range = 11,
  /** The method does not exist here. */
  unimplemented = 12,
  /** A bug, or a broken invariant. */
  internal = 13,
  /** The server cannot be reached or is down for a moment: retry. */
  unavailable = 14,
  /** Data is lost or corrupt. */
  data_loss = 15,
  /** The caller has not proven who it is. */
  unauthenticated = 16,
}

/** The name of a code, such as `not_found`. */
export type CodeName = keyof typeof Code

/** The code with that name or number; undefined if there is none. */
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

/** Whether the code says that the server is unhealthy. `unavailable` does; `not_found` is the answer of a healthy server. */
export function isHealthCode(code: Code | undefined): boolean {
  return unhealthy.has(code)
}

/** The name of a code, as messages and JSON have it. */
export function codeName(code: Code): CodeName {
  return Code[code] as CodeName
}
