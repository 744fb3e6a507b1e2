import type { AvroReader } from '../../../codecs/avro/reader.js'
import type { AvroWriter } from '../../../codecs/avro/writer.js'
import { asInvalidMessage } from '../../../codecs/values/fault.js'
import type { ActiveCall } from '../../../core/active-call.js'
import type { Peer } from '../../../core/call.js'
import { Code } from '../../../core/code.js'
import { Headers } from '../../../core/headers.js'
import { RpcError } from '../../../core/rpc-error.js'
import { draining, expiredOnArrival, tooManyCalls, unknownMethod, unwritableReply } from '../../failures.js'
import { sentWithout } from '../../header-room.js'
import type { Router, ServerSettings } from '../../protocol.js'
import { Metadata } from '../metadata.js'
import { type Answered, writeError, writePlainError, writePong, writeReply } from './reply.js'
import { ServedCall } from './served-call.js'
import type { BoundMessage, ClientProtocol } from './served-service.js'

/** One request, its handshake done. */
export interface CallRequest {
  /** Where the call begins; its own from now on. */
  readonly from: AvroReader
  readonly client: ClientProtocol
  readonly peer: Peer
  /** Calls that run beside it on its connection. */
  readonly inFlight: number
}

/** Writes a reply, whole or not at all. */
export type Write = (out: AvroWriter) => void

/** Serves the calls of one server, whatever carries them. */
export class CallServer {
  constructor(
    private readonly router: Router,
    private readonly settings: ServerSettings,
  ) {}

  /**
   * Serves one call.
   * @param answer called once, at once or when the call has ended: with what writes the reply, and with whether nobody waits for it (one-way)
   * @returns the call that now runs; undefined where it was answered at once
   */
  serve(request: CallRequest, answer: (write: Write, isOneWay: boolean) => void): ActiveCall | undefined {
    let received: Received | undefined
    try {
      received = this.receive(request)
    } catch (error) {
      const refusal = RpcError.from(error, Code.internal)
      answer(out => writePlainError(out, refusal, this.settings.limits), false)
      return undefined
    }
    if (received === undefined) {
      answer(writePong, false)
      return undefined
    }
    const { bound, call } = received
    const { writes, oneWay } = bound
    const answered: Answered = { writes, call, limits: this.settings.limits }
    call.arm()
    bound.route.handler(call).then(
      reply => answer(out => this.writeReply(out, answered, reply), oneWay),
      (error: unknown) => answer(out => this.writeError(out, answered, RpcError.from(error, Code.internal)), oneWay),
    )
    return call
  }

  /** @returns undefined for a ping: the empty name, by which clients do a handshake and nothing else */
  private receive({ from, client, peer, inFlight }: CallRequest): Received | undefined {
    const { limits, clock } = this.settings
    const metadata = faultless(() => new Metadata(from, limits.headerBytes))
    const name = faultless(() => from.string())
    if (name === '') return undefined
    const bound = client.message(name)
    if (bound === undefined) throw unknownMethod(`/${client.service.protocol.name}/${name}`)
    const { method } = bound.route
    if (this.router.draining) throw draining(method.path)
    if (inFlight >= limits.callsPerConnection) throw tooManyCalls(method.path, limits.callsPerConnection)
    if (metadata.timeout !== undefined && metadata.timeout <= 0) {
      throw expiredOnArrival(method.path)
    }
    const init = {
      method,
      message: undefined,
      clock,
      deadline: clock.now() + Math.min(metadata.timeout ?? Number.POSITIVE_INFINITY, limits.maxDeadline),
      headers: metadata.headers === undefined ? undefined : Headers.adopt(metadata.headers),
      peer,
    }
    const call = new ServedCall(init, bound.reads, from)
    call.previousAttempts = metadata.previousAttempts
    return { bound, call }
  }

  /** A reply that cannot be written is told here, and to the peer as `internal`. */
  private writeReply(out: AvroWriter, answered: Answered, reply: unknown): void {
    const mark = out.length
    try {
      writeReply(out, answered, reply)
    } catch (error) {
      out.rewind(mark)
      this.settings.report(error, answered.call)
      writePlainError(out, unwritableReply(answered.call.method.path), answered.limits)
    }
  }

  /** Of an error that cannot be sent whole the code and the message always can. */
  private writeError(out: AvroWriter, answered: Answered, error: RpcError): void {
    const mark = out.length
    const { call, limits } = answered
    try {
      const dropped = writeError(out, error, answered)
      if (dropped.length > 0) this.settings.report(sentWithout(dropped, call.method.path), call)
    } catch (cause) {
      out.rewind(mark)
      this.settings.report(cause, call)
      writePlainError(out, new RpcError(error.message, error.code), limits)
    }
  }
}

interface Received {
  readonly bound: BoundMessage
  readonly call: ActiveCall
}

function faultless<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw asInvalidMessage(error, 'call')
  }
}
