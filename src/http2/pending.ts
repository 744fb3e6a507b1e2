import type { HeaderBlock } from './header-block.js'

/** Written data that cannot be sent yet. */
export interface Pending {
  /** Headers that wait for a free place among the peer's concurrent streams. Client only. */
  headers: HeaderBlock | undefined
  extra: readonly string[] | undefined
  readonly chunks: Uint8Array[]
  /** Bytes of the first chunk that are gone. */
  offset: number
  bytes: number
  trailers: HeaderBlock | undefined
  trailersExtra: readonly string[] | undefined
}

export function noneYet(): Pending {
  return {
    headers: undefined,
    extra: undefined,
    chunks: [],
    offset: 0,
    bytes: 0,
    trailers: undefined,
    trailersExtra: undefined,
  }
}
