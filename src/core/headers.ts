import { Code } from './code.js'
import type { HeaderFields, HeaderValue } from './header-fields.js'
import { failure } from './rpc-error.js'

export type { HeaderFields, HeaderValue }

/** Whatever headers can be made from. A list of values makes a header that occurs several times. */
export type HeadersInit =
  | Iterable<readonly [string, HeaderValue]>
  | Readonly<Record<string, HeaderValue | readonly HeaderValue[]>>

/**
 * Metadata of a call: names are lower case, each may occur several times, and a name that ends in `-bin` carries bytes
 * (base64 on text wires). Source: gRPC over HTTP/2, "Custom-Metadata".
 */
export class Headers implements HeaderFields {
  /** Name, value, name, value ... in the order of insertion. */
  private list: HeaderValue[] = []

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
   * Headers that a protocol has parsed: the names are lower case already and the values valid, so nothing is checked.
   * @param list name, value, name, value ...; owned by the headers from now on
   */
  static adopt(list: HeaderValue[]): Headers {
    const headers = new this()
    headers.list = list
    return headers
  }

  get size(): number {
    return this.list.length / 2
  }

  /** The first value of that name. */
  get(name: `${string}-bin`): Uint8Array | undefined
  get(name: string): string | undefined
  get(name: string): HeaderValue | undefined {
    const wanted = name.toLowerCase()
    for (let i = 0; i < this.list.length; i += 2) if (this.list[i] === wanted) return this.list[i + 1]
    return undefined
  }

  /** Every value of that name, in order. */
  getAll(name: `${string}-bin`): Uint8Array[]
  getAll(name: string): string[]
  getAll(name: string): HeaderValue[] {
    const wanted = name.toLowerCase()
    const found: HeaderValue[] = []
    for (let i = 0; i < this.list.length; i += 2) {
      const value = this.list[i + 1]
      if (this.list[i] === wanted && value !== undefined) found.push(value)
    }
    return found
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  /**
   * Replaces every value of that name.
   * @throws RpcError `invalid_argument` where the name or the value cannot stand in a header
   */
  set(name: string, value: HeaderValue): this {
    this.delete(name)
    return this.append(name, value)
  }

  /**
   * Adds a value and keeps those there are.
   * @throws RpcError `invalid_argument` where the name or the value cannot stand in a header
   */
  append(name: string, value: HeaderValue): this {
    const lower = name.toLowerCase()
    checkHeader(lower, value)
    this.list.push(lower, value)
    return this
  }

  delete(name: string): boolean {
    const wanted = name.toLowerCase()
    const kept: HeaderValue[] = []
    for (const [key, value] of this) if (key !== wanted) kept.push(key, value)
    const found = kept.length < this.list.length
    this.list = kept
    return found
  }

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
