/** The value of a header: text, or bytes where the name ends in `-bin`. */
export type HeaderValue = string | Uint8Array

/** Headers to read: name and value of each, in order. What an error carries, and what `Headers` is. */
export interface HeaderFields extends Iterable<readonly [string, HeaderValue]> {
  readonly size: number
  /** The first value of that name. */
  get(name: `${string}-bin`): Uint8Array | undefined
  get(name: string): string | undefined
  /** Every value of that name, in order. */
  getAll(name: `${string}-bin`): Uint8Array[]
  getAll(name: string): string[]
  has(name: string): boolean
}
