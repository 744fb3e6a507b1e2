import type { Protocol } from '../../../src/extend.js'

/** Gives the same reply at once, so that what is left of a call is the caller's own side: proxy, policies, channel. */
export function instant(reply: unknown): Protocol {
  return {
    name: 'instant',
    secureName: undefined,
    defaultPort: undefined,
    defaultCodec: 'json',
    refuses: () => undefined,
    detect: () => false,
    serve() {
      throw new Error('nothing is served over this protocol')
    },
    bind: () => ({
      dial: async () => ({ open: true, onClose: undefined, handle: async () => reply, close: async () => {} }),
    }),
  }
}
