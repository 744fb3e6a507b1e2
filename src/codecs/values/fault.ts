import { Code } from '../../core/code.js'
import type { Reason } from '../../core/reasons.js'
import { RpcError } from '../../core/rpc-error.js'
import type { EnumType } from '../../schema/type.js'

/**
 * What is wrong with one value. Each level that a Fault passes adds its step to the path. It is not an Error: bad input must not cost a
 * stack trace. A codec turns it into an RpcError with `asInvalidMessage`.
 */
export class Fault {
  /** The steps to the value, from outside to inside. */
  readonly steps: string[] = []
  code: Code = Code.invalid_argument
  /** What custom code threw. Not sent to the peer. */
  cause: unknown
  constructor(
    public problem: string,
    readonly reason: Reason = 'invalid_message',
  ) {}

  get path(): string {
    return this.steps.reduce(
      (path, step) => (path === '' || step.startsWith('[') ? path + step : `${path}.${step}`),
      '',
    )
  }
}

/** @param type what the value should have been: `double`, `hello.Color (RED, GREEN)` */
export function mismatch(type: string, got: unknown): Fault {
  return new Fault(`expected ${type}, got ${describe(got)}`)
}

/**
 * Adds a step to the path of a Fault and returns it, to be thrown again.
 * @param step a field's name, or `[3]`, or `["key"]`
 */
export function within(error: unknown, step: string): unknown {
  if (!(error instanceof Fault)) return error
  error.steps.unshift(step)
  return error
}

/** The step of a map's entry. */
export function keyStep(key: unknown): string {
  if (typeof key === 'object') return '[{...}]'
  return `[${JSON.stringify(shortened(String(key)))}]`
}

/** A message that costs more than its limits allow: `resource_exhausted`. */
export function overLimit(problem: string, reason: Reason): Fault {
  const fault = new Fault(problem, reason)
  fault.code = Code.resource_exhausted
  return fault
}

/** A lone surrogate: UTF-8 has no form for it, and another character in its place would be silent damage. */
export function halfPair(type = 'string'): Fault {
  return new Fault(`expected ${type}, got text with half a surrogate pair`)
}

export function tooDeep(depth: number): Fault {
  return new Fault(`nested deeper than ${depth} messages`)
}

/** Whether a limit was exceeded. Code that reads a value another way after a Fault must throw this one: the work is already done. */
export function isOverLimit(error: unknown): boolean {
  return error instanceof Fault && error.code === Code.resource_exhausted
}

/** A Fault as an RpcError: `items[3].price: expected double, got string`. Returns any other error unchanged. */
export function asInvalidMessage(error: unknown, message: string): unknown {
  if (!(error instanceof Fault)) return error
  const where = error.path === '' ? message : error.path
  const { problem, reason, code, cause } = error
  return new RpcError(`${where}: ${problem}`, code, { reason, cause })
}

/** The kind of a value; a number itself. Never text, which may be long or a secret. */
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

/** An enum with its names, for a Fault: `hello.Color (RED, GREEN)`. */
export function enumLabel({ name, values }: EnumType): string {
  return `${name ?? 'enum'} (${shortened(values.map(value => value.name).join(', '))})`
}

/** Whether a value can be the fields of a message. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
