import { Code, codeOf } from './code.js'
import { type Duration, toMilliseconds } from './duration.js'
import { misuse } from './rpc-error.js'
import { shown } from './shown.js'

/**
 * Reads one option of an options object: its check, its default and its conversion, in one place.
 * @param where the policy and the option, for the error: `retry: attempts`
 * @throws RpcError `failed_precondition` (`invalid_policy`, or `invalid_duration` for a time)
 */
export type OptionReader<T = unknown> = (value: unknown, where: string) => T

/** A reader for each option, so that an option without one does not compile. */
export type OptionReaders<Options> = { readonly [K in keyof Required<Options>]: OptionReader }

export type Settings<Readers> = { readonly [K in keyof Readers]: Readers[K] extends OptionReader<infer T> ? T : never }

/**
 * Reads a whole options object.
 * @throws RpcError `failed_precondition` (`invalid_policy`) for an option that does not exist, and what the readers throw
 */
export function readOptions<Readers extends Readonly<Record<string, OptionReader>>>(
  where: string,
  options: object,
  readers: Readers,
): Settings<Readers> {
  if (typeof options !== 'object' || options === null) throw refused(where, 'an object of options', options)
  for (const name of Object.keys(options))
    if (!Object.hasOwn(readers, name))
      throw misuse(
        'invalid_policy',
        `${where} has no option ${JSON.stringify(name)}; it has ${Object.keys(readers).join(', ')}`,
      )
  const given = options as Readonly<Record<string, unknown>>
  const read = Object.entries(readers).map(([name, reader]) => [name, reader(given[name], `${where}: ${name}`)])
  return Object.fromEntries(read) as Settings<Readers>
}

interface Range {
  readonly from?: number
  readonly above?: number
  readonly to?: number
  readonly below?: number
}

/** An integer. Without `otherwise` the option is required. */
export function integer(range: Range, otherwise?: number): OptionReader<number> {
  return (value = otherwise, where) => {
    if (Number.isInteger(value) && isWithin(value as number, range)) return value as number
    throw refused(where, `an integer${textOf(range)}`, value)
  }
}

/** A finite number. Without `otherwise` the option is required. */
export function number(range: Range, otherwise?: number): OptionReader<number> {
  return (value = otherwise, where) => {
    if (Number.isFinite(value) && isWithin(value as number, range)) return value as number
    throw refused(where, `a number${textOf(range)}`, value)
  }
}

/** Milliseconds of a `Duration`, 0 and `Infinity` included. Without `otherwise` the option is required. */
export function time(otherwise?: Duration): OptionReader<number> {
  return (value = otherwise, where) => toMilliseconds(value as Duration, where)
}

/** Milliseconds of a `Duration` above 0, `Infinity` included. Without `otherwise` the option is required. */
export function positiveTime(otherwise?: Duration): OptionReader<number> {
  const read = time(otherwise)
  return (value, where) => {
    const milliseconds = read(value, where)
    if (milliseconds > 0) return milliseconds
    throw misuse('invalid_duration', `${where} must be above 0, got ${milliseconds} ms`)
  }
}

/** Milliseconds of a `Duration` above 0, without `Infinity`. Without `otherwise` the option is required. */
export function finiteTime(otherwise?: Duration): OptionReader<number> {
  const read = positiveTime(otherwise)
  return (value, where) => {
    const milliseconds = read(value, where)
    if (Number.isFinite(milliseconds)) return milliseconds
    throw misuse('invalid_duration', `${where} must end, got ${milliseconds} ms`)
  }
}

/** One of some texts. */
export function choice<const T extends string>(values: readonly T[], otherwise: T): OptionReader<T> {
  return (value = otherwise, where) => {
    if (values.includes(value as T)) return value as T
    throw refused(where, `one of ${values.map(one => `'${one}'`).join(', ')}`, value)
  }
}

/** A function, or undefined if the option is left out. @param form how to write it: `call => text` */
export function callback<F>(form: string): OptionReader<F | undefined> {
  return (value, where) => {
    if (value === undefined || typeof value === 'function') return value as F | undefined
    throw refused(where, `a function, ${form}`, value)
  }
}

/** The reader's value, or undefined if the option is left out. */
export function optional<T>(reader: OptionReader<T>): OptionReader<T | undefined> {
  return (value, where) => (value === undefined ? undefined : reader(value, where))
}

/** Codes of failures, from their names. */
export function codes(otherwise: readonly string[]): OptionReader<ReadonlySet<Code>> {
  return (value = otherwise, where) => failureCodes(value, where)
}

/**
 * Codes of failures, from their names such as `'unavailable'`.
 * @param names checked, since a configuration may hold anything
 * @throws RpcError `failed_precondition` (`invalid_policy`) for a name that is not a code, and for `ok`, which is not a failure
 */
export function failureCodes(names: unknown, where: string): ReadonlySet<Code> {
  if (!Array.isArray(names)) throw refused(where, "a list of codes such as ['unavailable']", names)
  return new Set(
    names.map(name => {
      const code = typeof name === 'string' ? codeOf(name) : undefined
      if (code !== undefined && code !== Code.ok) return code
      throw refused(where, "names of failures such as 'unavailable'", name)
    }),
  )
}

/** The error of an option: the rule, then the value. */
export function refused(where: string, rule: string, value: unknown): Error {
  return misuse(
    'invalid_policy',
    `${where} must be ${rule}, got ${typeof value === 'function' ? 'a function' : shown(value, 1)}`,
  )
}

function isWithin(value: number, { from = value, above, to = value, below }: Range): boolean {
  return (
    value >= from && value <= to && (above === undefined || value > above) && (below === undefined || value < below)
  )
}

function textOf({ from, above, to, below }: Range): string {
  if (from !== undefined && to !== undefined) return ` from ${from} to ${to}`
  const low = from === undefined ? above !== undefined && ` above ${above}` : ` of at least ${from}`
  const high = to === undefined ? below !== undefined && ` below ${below}` : ` up to ${to}`
  return [low, high].filter(Boolean).join(' and')
}
