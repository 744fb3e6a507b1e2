import type { HeaderFields, HeaderValue } from '../core/header-fields.js'

/** The headers of an error, for reading. */
export class ReplyFields implements HeaderFields {
  /** @param list name, value, name, value ...; names in lower case */
  constructor(private readonly list: readonly HeaderValue[]) {}

  get size(): number {
    return this.list.length / 2
  }

  get(name: `${string}-bin`): Uint8Array | undefined
  get(name: string): string | undefined
  get(name: string): HeaderValue | undefined {
    return this.getAll(name)[0]
  }

  getAll(name: `${string}-bin`): Uint8Array[]
  getAll(name: string): string[]
  getAll(name: string): HeaderValue[] {
    return [...this].flatMap(([key, value]) => (key === name.toLowerCase() ? [value] : []))
  }

  has(name: string): boolean {
    return this.getAll(name).length > 0
  }

  *[Symbol.iterator](): Iterator<readonly [string, HeaderValue]> {
    for (let at = 0; at < this.list.length; at += 2) yield [this.list[at] as string, this.list[at + 1] as HeaderValue]
  }
}

/** @returns undefined if there are none */
export function fieldsOf(list: readonly HeaderValue[]): ReplyFields | undefined {
  return list.length > 0 ? new ReplyFields(list) : undefined
}
