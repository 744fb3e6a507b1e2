/** Cuts the bytes of a connection into messages, and passes them to its sink. */
export interface Splitter {
  /** @throws RpcError or Fault if the bytes are not of the protocol: nothing after them can be trusted */
  push(chunk: Buffer): void
  /** Whether the first part of a message has arrived. */
  readonly isPartial: boolean
}
