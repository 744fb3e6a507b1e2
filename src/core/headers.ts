import { Code } from './code.js'
import type { HeaderFields, HeaderValue } from './header-fields.js'
import { failure } from './rpc-error.js'

export type { HeaderFields, HeaderValue }

/** What headers can be made from: an object, or pairs of name and value. A list of values makes a header that occurs several times. */
export type HeadersInit =
  | Iterable<readonly [string, HeaderValue]>
  | Readonly<Record<string, HeaderValue | readonly HeaderValue[]>>

/**
 * Metadata of a call. Names are case-insensitive and may occur several times. A name that ends in `-bin` carries bytes, which are base64 on
 * text wires. Source: gRPC over HTTP/2, "Custom-Metadata".
 *
 * @example
 * new Headers({ 'x-tenant': 'a', 'x-roles': ['admin', 'auditor'], 'x-trace-bin': new Uint8Array(16) })
 */
export class Headers implements HeaderFields {
  /** Name, value, name, value ... in the order of insertion. */
  private list: HeaderValue[] = []

  /**
   * Makes headers from an object or from pairs.
   * @throws RpcError `invalid_argument` (`invalid_header`) if a name or a value cannot be sent
   */
  constructor(init?: HeadersInit) {
    if (init === undefined) return
    if (Symbol.iterator in init) {
      for (const [name, value] of init as Iterable<readonly [string, HeaderValue]>) this.append(name, value)
    } else {
      for (const [name, value] of Object.entries(init)) {
        for (const one of typeof value === 'string' || value instanceof Uint8Array ? [value] : value)
          this.append(name, one)
      }
    }
  }

  /**
   * Wraps headers that a protocol has parsed. Names are in lower case and values are valid, so nothing is checked.
   * @param list name, value, name, value ...; the headers own it from now on
   */
  static adopt(list: HeaderValue[]): Headers {
    const headers = new this()
    headers.list = list
    return headers
  }

  /** The number of values. */
  get size(): number {
    return this.list.length / 2
  }

  /** Returns the first value with that name; undefined if there is none. */
  get(name: `${string}-bin`): Uint8Array | undefined
  /** Returns the first value with that name; undefined if there is none. */
  get(name: string): string | undefined
  get(name: string): HeaderValue | undefined {
    const lowerCase = name.toLowerCase()
    for (let i = 0; i < this.list.length; i += 2) if (this.list[i] === lowerCase) return this.list[i + 1]
    return undefined
  }

  /** Returns every value with that name, in order. */
  getAll(name: `${string}-bin`): Uint8Array[]
  /** Returns every value with that name, in order. */
  getAll(name: string): string[]
  getAll(name: string): HeaderValue[] {
    const lowerCase = name.toLowerCase()
    const found: HeaderValue[] = []
    for (let i = 0; i < this.list.length; i += 2) {
      const value = this.list[i + 1]
      if (this.list[i] === lowerCase && value !== undefined) found.push(value)
    }
    return found
  }

  /** Whether there is a value with that name. */
  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  /**
   * Replaces every value with that name.
   * @throws RpcError `invalid_argument` (`invalid_header`) if the name or the value cannot be sent
   */
  set(name: string, value: HeaderValue): this {
    if (this.list.length > 0) this.delete(name)
    return this.append(name, value)
  }

  /**
   * Adds a value to those with that name.
   * @throws RpcError `invalid_argument` (`invalid_header`) if the name or the value cannot be sent
   */
  append(name: string, value: HeaderValue): this {
    const lower = name.toLowerCase()
    checkHeader(lower, value)
    this.list.push(lower, value)
    return this
  }

  /** Removes every value with that name. @returns whether there was one */
  delete(name: string): boolean {
    if (!this.has(name)) return false
    const lowerCase = name.toLowerCase()
    const rest: HeaderValue[] = []
    for (const [key, value] of this) if (key !== lowerCase) rest.push(key, value)
    this.list = rest
    return true
  }

  /** Iterates over name and value, in the order of insertion. */
  *[Symbol.iterator](): Iterator<readonly [string, HeaderValue]> {
    for (let i = 0; i < this.list.length; i += 2) yield [this.list[i] as string, this.list[i + 1] as HeaderValue]
  }
}

const nameForm = /^[0-9a-z_.-]+$/
const valueForm = /^[\x20-\x7e]*$/

function checkHeader(name: string, value: HeaderValue): void {
  const wantsBytes = name.endsWith('-bin')
  let wrong: string | undefined
  if (!nameForm.test(name)) wrong = 'a name is made of a-z, 0-9, "_", "-" and "."'
  else if (wantsBytes && typeof value === 'string') wrong = 'a name that ends in "-bin" takes a Uint8Array'
  else if (!wantsBytes && typeof value !== 'string') wrong = 'bytes need a name that ends in "-bin"'
  else if (typeof value === 'string' && !valueForm.test(value))
    wrong = 'a value is printable ASCII; use a "-bin" name for anything else'
  if (wrong !== undefined) {
    throw failure('invalid_header', Code.invalid_argument, `header ${JSON.stringify(name)}: ${wrong}`)
  }
}
