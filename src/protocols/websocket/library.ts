import { exportsOf } from '../../core/commonjs-exports.js'
import type { Limits } from '../../core/limits.js'
import { provideRequire } from '../bundled-require.js'
import { chunkBytes } from './messages.js'

/** Loads ws, which only a process that uses WebSockets does. */
export async function loadWebSockets(): Promise<Pick<typeof import('ws'), 'WebSocket' | 'WebSocketServer'>> {
  provideRequire()
  return exportsOf(await import('ws'), 'WebSocketServer')
}

/** Parts of a message in which it may arrive, and reads of the socket: each costs an object, however few bytes it has. */
const maxFragments = 256
const maxBufferedChunks = 4096

/**
 * What a peer may make this side hold. Messages are not compressed (permessage-deflate): those of RPC have their own compression, which
 * has limits.
 */
export function bounds({ headerBytes }: Pick<Limits, 'headerBytes'>) {
  return {
    maxPayload: Math.max(chunkBytes, headerBytes),
    maxFragments,
    maxBufferedChunks,
    perMessageDeflate: false,
  } as const
}
