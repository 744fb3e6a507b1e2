import { Code } from '../../core/code.js'
import type { Reason } from '../../core/reasons.js'
import { RpcError } from '../../core/rpc-error.js'

/**
 * What is wrong with one value, on its way from where it was found to the top of its message; each level that it passes adds its step to the
 * path. No Error, since bad input must not cost a stack trace a level. Never leaves the folder: `asInvalidMessage` turns it into an RpcError.
 */
export class Fault {
  path = ''
  code: Code = Code.invalid_argument
  /** What a user's own code threw; kept on this side. */
  cause: unknown
  constructor(
    readonly problem: string,
    readonly reason: Reason = 'invalid_message',
  ) {}
}

/** @param type what the value should have been: `double`, `hello.Color (RED, GREEN)` */
export function mismatch(type: string, got: unknown): Fault {
  return new Fault(`expected ${type}, got ${describe(got)}`)
}

/**
 * Adds a step to the path of a fault, to be thrown on.
 * @param step a field's name, or `[3]`, or `["key"]`
 */
export function within(error: unknown, step: string): unknown {
  if (!(error instanceof Fault)) return error
  error.path = error.path === '' || error.path.startsWith('[') ? step + error.path : `${step}.${error.path}`
  return error
}

/** The step of a map's entry. */
export function keyStep(key: unknown): string {
  return `[${JSON.stringify(shortened(String(key)))}]`
}

/** What bytes must not cost: `resource_exhausted`. */
export function overLimit(problem: string, reason: Reason): Fault {
  const fault = new Fault(problem, reason)
  fault.code = Code.resource_exhausted
  return fault
}

/** Whether a limit was exceeded. Code that reads a value another way after a fault must pass this one on: the work is done already. */
export function isOverLimit(error: unknown): boolean {
  return error instanceof Fault && error.code === Code.resource_exhausted
}

/** `items[3].price: expected double, got string` as an `invalid_argument`; what is no fault is returned as it is. */
export function asInvalidMessage(error: unknown, message: string): unknown {
  if (!(error instanceof Fault)) return error
  const where = error.path === '' ? message : error.path
  const { problem, reason, code, cause } = error
  return new RpcError(`${where}: ${problem}`, code, { reason, cause })
}

/** The kind of a value; of numbers and enum names the value itself, shortened. Text is not repeated: it may be a secret, or long. */
function describe(value: unknown): string {
  switch (typeof value) {
    case 'number':
    case 'bigint':
      return `${typeof value} ${shortened(String(value))}`
    case 'object':
      if (value === null) return 'null'
      if (Array.isArray(value)) return 'array'
      return value.constructor === Object || value.constructor === undefined ? 'object' : value.constructor.name
    default:
      return typeof value
  }
}

export function shortened(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 40)}...`
}
