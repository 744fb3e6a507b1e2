import type { ValueType } from './type.js'

/** A value of a declared type within a `google.protobuf.Any`. */
export interface Packed {
  /** The type's name behind a slash, and what is before that: `type.googleapis.com/shop.v1.Order`. */
  readonly url: string
  /** The type. */
  readonly type: ValueType
  /** The value. */
  readonly value: unknown
}

/** Packs and unpacks `google.protobuf.Any` for codecs whose form of it is the value itself. Both throw an RpcError for a bad value. */
export interface Packing {
  /** The type that a URL names; undefined if no class of that name has been declared. */
  typeOf(url: string): ValueType | undefined
  /** Undefined if the type is unknown. */
  open(any: object): Packed | undefined
  /** A new Any. */
  close(packed: Packed): object
  /** A new Any that holds nothing. */
  empty(): object
}

/** The static property of the class of `google.protobuf.Any` that holds its Packing. */
export const packing = Symbol.for('polywire.packing')
