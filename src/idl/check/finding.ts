/**
 * What a verdict is about: `json` stands for JSON, XML and MessagePack, which go by name, `rest` for the routes of `@Http`, `callers` for
 * code that no longer compiles and for calls that nobody answers any more.
 */
export type Wire = 'protobuf' | 'json' | 'rest' | 'thrift' | 'avro' | 'callers'

export const allWires = ['protobuf', 'json', 'rest', 'thrift', 'avro', 'callers'] as const satisfies readonly Wire[]

/** A rule that a change breaks, on one wire. */
export interface Finding {
  readonly wire: Wire
  /** What changed: `shop.v1.Order`, `shop.v1.Order.count`, `shop.v1.OrderState.SENT`, `shop.v1.Orders/ListOrders`. */
  readonly at: string
  readonly rule: string
  /** `warn`: peers can read on. */
  readonly level: 'break' | 'warn'
  readonly why: string
}
