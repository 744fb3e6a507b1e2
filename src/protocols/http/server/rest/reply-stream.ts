import { resumptionOf } from '../../../../core/policy.js'
import { RpcError } from '../../../../core/rpc-error.js'
import type { MethodSchema } from '../../../../schema/service.js'
import { unwritableReply } from '../../../failures.js'
import { MessagePump } from '../../../message-pump.js'
import { errorText } from '../../error-json.js'
import { writeMetadata } from '../../metadata.js'
import { statusOf } from '../../status.js'
import { headerRoom, mustFit } from '../header-room.js'
import { ResponseSink } from '../response-sink.js'
import type { Exchange, ServedCall } from '../served-call.js'
import { writeHead } from '../write-head.js'
import { problemOf } from './problem.js'
import type { RestRoute } from './route.js'

/** How replies follow one another in a body. */
interface StreamFormat {
  readonly contentType: string
  /** What precedes the first reply. Default: nothing. */
  readonly first?: string
  /** The id of a reply, for `reply`. Default: replies have none. */
  readonly idOf?: (reply: unknown) => string | undefined
  reply(bytes: Uint8Array, id: string | undefined): Uint8Array | string
  /** What tells of an error after the first reply; undefined if the body can only break off. */
  problem(json: string): string | undefined
}

/** Source: https://github.com/ndjson/ndjson-spec. */
const jsonLines: StreamFormat = {
  contentType: 'application/x-ndjson',
  reply: bytes => `${textOf(bytes)}\n`,
  problem: json => `{"error":${json}}\n`,
}

/** Source: HTML, "Server-sent events". JSON and ids have no line breaks. */
function eventsOf(method: MethodSchema): StreamFormat {
  const resumption = resumptionOf(method)
  return {
    contentType: 'text/event-stream',
    ...(resumption && { idOf: resumption.idOf, first: `retry: ${Math.ceil(resumption.wait)}\n\n` }),
    reply: (bytes, id) => `${id === undefined ? '' : `id: ${id}\n`}data: ${textOf(bytes)}\n\n`,
    problem: json => `event: error\ndata: ${json}\n\n`,
  }
}

/**
 * A stream of replies in one response: JSON lines, server-sent events for a client that accepts them, or the bytes themselves. An error
 * before the first reply has its status; a later one is the last line or event, and breaks off a response of bytes.
 */
export class ReplyStream {
  private readonly format: StreamFormat

  constructor(
    private readonly exchange: Exchange,
    private readonly route: RestRoute,
  ) {
    const { produces } = route.rule
    this.format =
      produces !== undefined
        ? { contentType: produces, reply: bytes => bytes, problem: () => undefined }
        : /\btext\/event-stream\b/i.test(exchange.request.headers.accept ?? '')
          ? eventsOf(route.method)
          : jsonLines
  }

  async run(call: ServedCall, replies: AsyncIterable<unknown>): Promise<void> {
    const { response } = this.exchange
    const pump = new MessagePump(new ResponseSink(response, reply => this.write(call, reply)))
    response.on('drain', () => pump.resume())
    // A waiting step of the replies ends by itself.
    call.onCancel(() => pump.stop())
    try {
      await pump.run(replies)
      if (call.canceled !== undefined) throw call.canceled
      if (this.hasNoMore(call)) this.sendNoMore()
      else this.sendHead(call)
      response.end()
    } catch (error) {
      if (!response.headersSent) throw error
      this.fail(RpcError.from(error))
    }
  }

  sendHead(call: ServedCall): void {
    const { response, router } = this.exchange
    if (response.headersSent || response.destroyed) return
    const head = ['content-type', this.format.contentType, 'vary', 'accept']
    if (call.replyHeadersIfAny !== undefined) writeMetadata(call.replyHeadersIfAny, head)
    mustFit(head, headerRoom(this.exchange), this.route.method.path)
    if (router.draining) head.push('connection', 'close')
    writeHead(response, this.route.status, head)
    response.flushHeaders()
    if (this.format.first !== undefined) response.write(this.format.first)
  }

  /** A client of events always reconnects after the end of a stream. When it has seen every event, a status without a body stops it. */
  private hasNoMore(call: ServedCall): boolean {
    return this.format.idOf !== undefined && call.lastEventId !== undefined && !this.exchange.response.headersSent
  }

  private sendNoMore(): void {
    const { response } = this.exchange
    if (!response.destroyed) writeHead(response, 204, ['vary', 'accept'])
  }

  private write(call: ServedCall, reply: unknown): undefined {
    const { response, settings } = this.exchange
    if (response.destroyed) return
    let text: Uint8Array | string
    try {
      const bytes = this.route.encode(reply)
      call.observed?.message('sent', bytes.byteLength)
      text = this.format.reply(bytes, this.format.idOf?.(reply))
      this.sendHead(call)
    } catch (error) {
      settings.report(error, call)
      const failure = unwritableReply(this.route.method.path)
      if (call.observed !== undefined) call.observed.replyFailure = failure
      throw failure
    }
    response.write(text)
  }

  /** The status is sent already. */
  private fail(error: RpcError): void {
    const { response, settings } = this.exchange
    if (response.destroyed) return
    const { limits } = settings
    const { details } = this.route.served
    const { text } = errorText(error, { details, limits, wrap: json => problemOf(json, statusOf(error.code)) })
    const last = this.format.problem(text)
    if (last === undefined) response.destroy()
    else response.end(last)
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
}
