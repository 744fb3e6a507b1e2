/** Cuts what arrives on a connection into messages, which go to the sink that it was made for. */
export interface Splitter {
  /** @throws RpcError or Fault where the bytes are not of the protocol: nothing behind them can be trusted */
  push(chunk: Buffer): void
  /** A message has arrived in part. */
  readonly isPartial: boolean
}
