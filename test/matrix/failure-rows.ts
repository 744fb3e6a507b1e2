import type { Clock } from '../../src/core/clock.js'
import type { CodeName } from '../../src/core/code.js'
import type { Reason } from '../../src/core/reasons.js'
import { huffmanEncode, huffmanLength } from '../../src/http2/huffman.js'
import { Headers, type LimitOptions, type RpcError, withCall } from '../../src/index.js'
import * as failures from '../../src/protocols/failures.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'
import type { Rig } from '../protocols/rig.js'
import { outcome } from '../support/calls.js'
import { deadAddress } from '../support/raw-servers.js'
import type { Rewrite } from '../support/relay.js'
import { Failing, type FailingService, NewerFailing, path } from './failing.js'
import type { Wire } from './wires.js'

export type FailureRig = Rig<Failing, FailingService>

export interface Settings {
  readonly server?: LimitOptions
  readonly client?: LimitOptions
  /** Without the relay, which takes connections that the server would refuse. */
  readonly isDirect?: boolean
  /** Of the client. */
  readonly clock?: () => Clock
}

/** What one side sees of a failure. */
export interface Seen {
  readonly code: CodeName
  /** Of the side that sees it; an error that a server sent has none. */
  readonly reason?: Reason
}

/** A wire's own rule: what it is there, and why. */
export interface Exception {
  readonly why: string
  readonly code?: CodeName
  readonly reason?: Reason | undefined
  readonly message?: RegExp
  /** There is no such failure on this wire: the call succeeds, or nothing can be seen of it. */
  readonly never?: boolean
}

export interface FailureRow {
  readonly name: string
  readonly side: 'caller' | 'handler'
  readonly seen: Seen
  readonly message: RegExp
  /** Its delivery says that the call can be sent elsewhere, whatever it does. */
  readonly isSafeToResend?: boolean
  /** It depends on the moment. */
  readonly hasAnyReason?: boolean
  readonly settings?: Settings
  readonly except?: (wire: Wire) => Exception | undefined
  /** The error that the side sees; undefined: the call succeeded. */
  readonly run: (rig: FailureRig) => Promise<RpcError | undefined>
}

const limit = 20_000
const named = path.replaceAll('.', '\\.')
const overHttp = (wire: Wire) => wire.options.transport === 'http'
const overHttp2 = ({ protocol }: Wire) => protocol === 'grpc' || protocol === 'http2'
/** `isOrdered` counts JSON in, for another reason. */
const repliesInOrder = (wire: Wire) =>
  wire.isOrdered && (wire.codec !== 'json' || wire.options.transport === 'buffered')
const hasNoHeaders = (wire: Wire) => wire.lacks.headers !== undefined
const marker = 'MALFORMED-HERE!!'
const broken: Rewrite = { from: Buffer.from(marker), to: Buffer.alloc(marker.length, 0xff) }

async function failed(call: Promise<unknown>): Promise<RpcError | undefined> {
  return (await outcome(call)).error as RpcError | undefined
}

function memoryHas(what: string): Exception {
  return { why: `memory has no ${what}`, never: true }
}

function masked({ protocol }: Wire): Exception | undefined {
  if (protocol !== 'ws') return undefined
  return { why: 'a client masks what it sends, so the test cannot change it', never: true }
}

/** The network cannot change one message. */
function unchangeable({ protocol, options }: Wire): Exception | undefined {
  if (protocol === 'memory') return memoryHas('bytes that a network could change')
  return options.transport === 'zlib'
    ? { why: 'a changed byte breaks the zlib stream, and not one message', never: true }
    : undefined
}

/** A timeout as clients write it, and one of as many digits that has passed. */
const expired: readonly Rewrite[] = [
  { from: Buffer.from('7777'), to: Buffer.from('0000') },
  { from: huffman('7777m'), to: huffman('0000m') },
  { from: huffman('7777'), to: huffman('0000') },
]

function huffman(text: string): Buffer {
  const bytes = Buffer.alloc(huffmanLength(text))
  huffmanEncode(text, bytes, 0)
  return bytes
}

export const failureRows: readonly FailureRow[] = [
  {
    name: 'request too large',
    side: 'caller',
    seen: { code: 'resource_exhausted' },
    message: /the message is larger than 20000 bytes \(limits\.messageBytes\)/,
    settings: { server: { messageBytes: limit } },
    except: wire =>
      overHttp(wire)
        ? {
            reason: 'unexpected_status',
            message: /answered with HTTP status 413/,
            why: 'the server answers HTTP 413 before it reads which call it is',
          }
        : undefined,
    run: async ({ remote }) => {
      // Without frames a server that has read no message does not know in which form to refuse one.
      await remote.run({ deed: 'echo', text: '', size: 0 })
      return failed(remote.run({ deed: 'echo', text: 'x'.repeat(50_000), size: 0 }))
    },
  },
  {
    name: 'reply too large',
    side: 'caller',
    seen: { code: 'resource_exhausted', reason: 'message_too_large' },
    message: new RegExp(`^${named}: the reply cannot be read: the message is larger than 20000 bytes`),
    settings: { client: { messageBytes: limit } },
    run: ({ remote }) => failed(remote.run({ deed: 'large', text: '', size: 50_000 })),
  },
  {
    name: 'request headers too large',
    side: 'caller',
    seen: { code: 'resource_exhausted' },
    message: /the headers of the request (are larger than 2000 bytes|have \d+ bytes, but \S+ takes at most 2000)/,
    settings: { server: { headerBytes: 2000 } },
    except: wire => {
      if (hasNoHeaders(wire)) return { why: wire.lacks.headers ?? '', never: true }
      if (wire.protocol === 'memory') return memoryHas('limit of headers')
      if (overHttp2(wire))
        return { reason: 'headers_too_large', why: 'the server has said how much it takes, so nothing is sent' }
      return wire.protocol === 'thrift' && overHttp(wire)
        ? { reason: 'unexpected_status', why: 'the server answers HTTP 431 before it reads which call it is' }
        : undefined
    },
    run: ({ remote }) => {
      const headers = new Headers([['x-long', 'x'.repeat(5000)]])
      return failed(withCall(remote, { headers }).run({ deed: 'echo', text: '', size: 0 }))
    },
  },
  {
    name: 'reply headers too large',
    side: 'caller',
    seen: { code: 'resource_exhausted', reason: 'reply_headers_too_large' },
    message: new RegExp(`^${named}: the (headers of the reply are larger than 2000 bytes|reply could not be sent)`),
    settings: { client: { headerBytes: 2000 } },
    except: wire => {
      if (hasNoHeaders(wire)) return { why: wire.lacks.headers ?? '', never: true }
      if (wire.protocol === 'memory') return memoryHas('limit of headers')
      return overHttp2(wire)
        ? {
            code: 'internal',
            reason: undefined,
            why: 'the client has said how much it takes, so the server does not send the reply',
          }
        : undefined
    },
    run: ({ remote }) => failed(remote.run({ deed: 'headers', text: '', size: 5000 })),
  },
  {
    name: 'deadline passes',
    side: 'caller',
    seen: { code: 'deadline_exceeded', reason: 'deadline_exceeded' },
    message: new RegExp(`^${named}: no reply before its deadline`),
    run: ({ remote }) => failed(withCall(remote, { timeout: 1000 }).run({ deed: 'hang', text: '', size: 0 })),
  },
  {
    name: 'expired on arrival',
    side: 'caller',
    seen: { code: 'deadline_exceeded' },
    message: new RegExp(`^${named}: the deadline had passed before the call could begin$`),
    settings: { clock: () => new VirtualClock() },
    except: wire => {
      if (hasNoHeaders(wire)) return { why: wire.lacks.headers ?? '', never: true }
      return wire.protocol === 'memory' ? memoryHas('delay between its two ends') : masked(wire)
    },
    run: async ({ remote, relay }) => {
      if (relay !== undefined) relay.requests = expired
      return failed(withCall(remote, { timeout: 7777 }).run({ deed: 'echo', text: '', size: 0 }))
    },
  },
  {
    name: 'unknown method',
    side: 'caller',
    seen: { code: 'unimplemented' },
    message: /Later: the server has no such method$/,
    except: ({ protocol }) =>
      protocol === 'avro'
        ? { reason: 'unknown_method', why: 'the handshake tells the caller which methods there are' }
        : undefined,
    run: ({ connect }) => failed(connect(NewerFailing).later({ deed: 'echo', text: '', size: 0 })),
  },
  {
    name: 'connection cut',
    side: 'caller',
    seen: { code: 'unavailable', reason: 'connection_lost' },
    message: new RegExp(`^${named}: the connection to \\S+ was lost: `),
    run: async rig => (await cutWhileItHangs(rig)).caller,
  },
  {
    name: 'connection cut',
    side: 'handler',
    seen: { code: 'canceled', reason: 'client_disconnected' },
    message: new RegExp(`^${named}: the connection to the client was closed$`),
    run: async rig => (await cutWhileItHangs(rig)).handler,
  },
  {
    name: 'caller aborts before the call',
    side: 'caller',
    seen: { code: 'canceled', reason: 'canceled' },
    message: new RegExp(`^${named}: the caller cancelled it$`),
    run: ({ remote }) =>
      failed(withCall(remote, { signal: AbortSignal.abort() }).run({ deed: 'echo', text: '', size: 0 })),
  },
  {
    name: 'caller aborts during the call',
    side: 'caller',
    seen: { code: 'canceled', reason: 'canceled' },
    message: new RegExp(`^${named}: the caller cancelled it$`),
    run: async rig => (await abortWhileItHangs(rig)).caller,
  },
  {
    name: 'caller aborts during the call',
    side: 'handler',
    seen: { code: 'canceled', reason: 'canceled' },
    message: new RegExp(`^${named}: the (client cancelled the call|connection to the client was closed)$`),
    except: wire => {
      if (wire.lacks.cancel !== undefined) return { why: wire.lacks.cancel, never: true }
      return wire.protocol === 'http' || overHttp(wire)
        ? { reason: 'client_disconnected', why: 'HTTP/1.1 can cancel only by closing the connection' }
        : undefined
    },
    run: async rig => {
      const { handler } = await abortWhileItHangs(rig)
      return handler
    },
  },
  {
    name: 'server shuts down',
    side: 'caller',
    seen: { code: 'unavailable' },
    message: /./,
    except: ({ protocol }) =>
      protocol === 'grpc' ? { why: 'a call that crosses the GOAWAY is still served', never: true } : undefined,
    isSafeToResend: true,
    hasAnyReason: true,
    settings: { server: { drainTimeout: 5000 }, isDirect: true },
    run: async ({ remote, server, service }) => {
      const held = outcome(remote.run({ deed: 'hang', text: '', size: 0 }))
      await service.arrival
      const closed = server.close()
      const refused = failed(remote.run({ deed: 'echo', text: '', size: 0 }))
      service.release()
      await Promise.all([held, refused, closed])
      return refused
    },
  },
  {
    name: 'too many calls',
    side: 'caller',
    seen: { code: 'resource_exhausted' },
    message: new RegExp(`^${failures.tooManyCalls(path, 1).message.replace(/[.()]/g, '\\$&')}$`),
    settings: { server: { callsPerConnection: 1 } },
    except: wire => {
      if (wire.protocol === 'memory') return memoryHas('connections')
      if (repliesInOrder(wire)) {
        const why = 'replies come in the order of their calls, so the refusal waits until those before it have ended'
        return { code: 'deadline_exceeded', reason: 'deadline_exceeded', message: /no reply before its deadline/, why }
      }
      return ['http', 'ws'].includes(wire.protocol) || overHttp(wire) || overHttp2(wire)
        ? { why: 'the client opens a further connection', never: true }
        : undefined
    },
    run: async ({ remote, service, wire }) => {
      const abort = new AbortController()
      const held = outcome(withCall(remote, { signal: abort.signal }).run({ deed: 'hang', text: '', size: 0 }))
      await service.arrival
      const error = await failed(
        withCall(remote, { timeout: repliesInOrder(wire) ? 500 : 30_000 }).run({ deed: 'echo', text: '', size: 0 }),
      )
      abort.abort()
      await held
      return error
    },
  },
  {
    name: 'handler throws what is not an RpcError',
    side: 'caller',
    seen: { code: 'internal' },
    message: new RegExp(`^${named} failed; the server's log says why$`),
    run: ({ remote }) => failed(remote.run({ deed: 'throw', text: '', size: 0 })),
  },
  {
    name: 'unwritable reply',
    side: 'caller',
    seen: { code: 'internal' },
    message: new RegExp(`^${named}: the reply could not be sent; the server's log says why$`),
    run: ({ remote }) => failed(remote.run({ deed: 'wrong', text: '', size: 0 })),
  },
  {
    name: 'malformed request',
    side: 'caller',
    seen: { code: 'invalid_argument' },
    message: new RegExp(`^${named}: the request cannot be read: `),
    except: wire => {
      const { protocol } = wire
      return protocol === 'grpc'
        ? { code: 'internal', why: 'its specification says so of a request that cannot be parsed' }
        : (masked(wire) ?? unchangeable(wire))
    },
    run: async ({ remote, relay }) => {
      if (relay !== undefined) relay.requests = [broken]
      return failed(remote.run({ deed: 'echo', text: marker, size: 0 }))
    },
  },
  {
    name: 'malformed reply',
    side: 'caller',
    seen: { code: 'internal', reason: 'malformed_reply' },
    message: new RegExp(`^${named}: the reply cannot be read: `),
    except: unchangeable,
    run: async ({ remote, relay }) => {
      if (relay !== undefined) relay.replies = [broken]
      return failed(remote.run({ deed: 'echo', text: marker, size: 0 }))
    },
  },
  {
    name: 'nobody listens',
    side: 'caller',
    seen: { code: 'unavailable', reason: 'connect_failed' },
    message: /cannot connect to /,
    run: async ({ connect, wire }) => {
      const address = wire.protocol === 'memory' ? 'nobody' : await deadAddress()
      return failed(connect(Failing, undefined, { endpoints: [address] }).run({ deed: 'echo', text: '', size: 0 }))
    },
  },
]

interface Both {
  readonly caller: RpcError | undefined
  readonly handler: RpcError | undefined
}

async function cutWhileItHangs({ remote, service, cut }: FailureRig): Promise<Both> {
  const call = failed(remote.run({ deed: 'hang', text: '', size: 0 }))
  await service.arrival
  cut()
  return { caller: await call, handler: await service.cancellation }
}

async function abortWhileItHangs({ remote, service, wire }: FailureRig): Promise<Both> {
  const abort = new AbortController()
  const call = failed(withCall(remote, { signal: abort.signal }).run({ deed: 'hang', text: '', size: 0 }))
  await service.arrival
  abort.abort()
  const caller = await call
  return { caller, handler: wire.lacks.cancel === undefined ? await service.cancellation : undefined }
}

/** What a wire shows of a failure. */
export function expectedOf({ seen, except }: FailureRow, wire: Wire): string {
  const exception = except?.(wire)
  return exception?.never ? 'none' : shown({ ...seen, ...exception })
}

export function shown({ code, reason }: { readonly code: CodeName; readonly reason?: string | undefined }): string {
  return reason === undefined ? code : `${code} (${reason})`
}
