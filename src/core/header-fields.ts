/** The value of a header: text, or bytes if the name ends in `-bin`. */
export type HeaderValue = string | Uint8Array

/** Read-only headers, such as those of an error. `Headers` is one. */
export interface HeaderFields extends Iterable<readonly [string, HeaderValue]> {
  /** The number of values. */
  readonly size: number
  /** Returns the first value with that name; undefined if there is none. */
  get(name: `${string}-bin`): Uint8Array | undefined
  /** Returns the first value with that name; undefined if there is none. */
  get(name: string): string | undefined
  /** Returns every value with that name, in order. */
  getAll(name: `${string}-bin`): Uint8Array[]
  /** Returns every value with that name, in order. */
  getAll(name: string): string[]
  /** Whether there is a value with that name. */
  has(name: string): boolean
}
