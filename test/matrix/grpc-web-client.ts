import { Readable } from 'node:stream'
import { Agent, type Dispatcher, request } from 'undici'
import { ErrorDetails } from '../../src/codecs/error-details.js'
import { json } from '../../src/codecs/json/codec.js'
import { compileMethod, type MethodSerializers } from '../../src/codecs/method-serializers.js'
import { protobuf } from '../../src/codecs/protobuf/codec.js'
import type { ActiveCall } from '../../src/core/active-call.js'
import { streamsIn, streamsOut } from '../../src/core/call.js'
import { Code } from '../../src/core/code.js'
import { RpcError } from '../../src/core/rpc-error.js'
import { errorOf, missingStatus } from '../../src/protocols/grpc/client/reply-error.js'
import { readMetadata, writeMetadata } from '../../src/protocols/grpc/metadata.js'
import { formatTimeout } from '../../src/protocols/grpc-status/timeout.js'
import { Base64Stream } from '../../src/protocols/http/base64-stream.js'
import { frameOf, MessageReader } from '../../src/protocols/length-prefixed.js'
import type { ClientSettings, Link, Protocol } from '../../src/protocols/protocol.js'
import type { MethodSchema } from '../../src/schema/service.js'
import { failureOf } from './rest-client.js'

/** Calls over gRPC-Web, request streams too, which no browser can send: polywire has no client for it. */
export const grpcWebClient: Protocol = {
  name: 'grpc-web',
  secureName: 'grpc-webs',
  defaultPort: 80,
  defaultCodec: 'proto',
  options: ['transport'],
  refuses: () => undefined,
  detect: () => false,
  serve: () => {
    throw new Error('the HTTP protocol serves it')
  },
  bind: (_services, settings) => ({ dial: async ({ address }) => new GrpcWebLink(address, settings) }),
}

const trailersFlag = 0x80

class GrpcWebLink implements Link {
  open = true
  onClose: Link['onClose']
  private readonly agent: Agent
  private readonly origin: string
  private readonly isText: boolean

  constructor(
    address: string,
    private readonly settings: ClientSettings,
  ) {
    const { tls, options } = settings
    this.agent = new Agent(tls === undefined ? {} : { connect: { ca: tls.ca as string } })
    this.origin = `${tls === undefined ? 'http' : 'https'}://${address}`
    this.isText = options?.transport === 'text'
  }

  readonly handle = async (call: ActiveCall): Promise<unknown> => {
    const method = call.method as MethodSchema
    const serializers = compileMethod(this.settings.codec, method, this.settings.limits)
    const abort = new AbortController()
    call.onCancel(() => abort.abort())
    try {
      const reply = await request(this.origin + method.path, {
        method: 'POST',
        dispatcher: this.agent,
        signal: abort.signal,
        headers: this.headersOf(call),
        body: Readable.from(this.requests(call, serializers)),
        headersTimeout: 0,
        bodyTimeout: 0,
      })
      const head = Object.entries(reply.headers).flatMap(([name, values = []]) =>
        [values].flat().flatMap(v => [name, v]),
      )
      const replies = this.replies(call, reply.body, serializers)
      // An error without a reply is the error of the call, so that it can be retried.
      const first = await replies.next()
      call.receiveReplyHeaders(readMetadata(head))
      if (streamsOut(method)) return startingWith(first, replies)
      await replies.next()
      return first.value
    } catch (error) {
      throw failureOf(call, error)
    }
  }

  private headersOf(call: ActiveCall): string[] {
    const type = `application/grpc-web${this.isText ? '-text' : ''}+${this.settings.codec.contentTypes[0]}`
    const head = ['content-type', type, 'grpc-timeout', formatTimeout(Math.max(1, call.deadline - call.clock.now()))]
    if (call.previousAttempts > 0) head.push('grpc-previous-rpc-attempts', String(call.previousAttempts))
    writeMetadata(call.headers, head)
    return head
  }

  private async *requests(call: ActiveCall, { request }: MethodSerializers): AsyncGenerator<string | Buffer> {
    const messages = streamsIn(call.method) ? (call.message as AsyncIterable<unknown>) : [call.message]
    for await (const message of messages) {
      const frame = frameOf(0, request.encode(message))
      yield this.isText ? frame.toString('base64') : frame
    }
  }

  private async *replies(call: ActiveCall, body: Dispatcher.ResponseData['body'], { reply }: MethodSerializers) {
    const reader = new MessageReader({
      limitOf: () => this.settings.limits.messageBytes,
      unknownFlags: () => new RpcError('unknown flags', Code.internal),
    })
    const text = new Base64Stream()
    let hasEnded = false
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        reader.push(this.isText ? text.push(chunk) : chunk)
        while (reader.ready) {
          const bytes = reader.take()
          hasEnded = reader.flags === trailersFlag
          if (hasEnded) this.end(call, bytes.toString('latin1'))
          else yield reply.decode(bytes)
        }
      }
      if (!hasEnded) throw missingStatus(call)
    } catch (error) {
      throw failureOf(call, error)
    }
  }

  /** @throws the error that the trailers hold */
  private end(call: ActiveCall, trailers: string): void {
    const fields = trailers
      .split('\r\n')
      .slice(0, -1)
      .flatMap(line => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)])
    const fieldOf = (name: string) => (fields.includes(name) ? fields[fields.indexOf(name) + 1] : undefined)
    const metadata = readMetadata(fields)
    const method = call.method as MethodSchema
    const details = new ErrorDetails(method.throws, { protobuf, json }, this.settings.limits)
    const read = {
      httpStatus: 200,
      contentType: '',
      isGrpc: true,
      encoding: undefined,
      status: fieldOf('grpc-status'),
      message: fieldOf('grpc-message') ?? '',
      details: fieldOf('grpc-status-details-bin'),
      isRefused: false,
      metadata,
    }
    const error = errorOf(read, call, details)
    if (error !== undefined) throw error
    call.receiveReplyTrailers(metadata)
  }

  async close(): Promise<void> {
    this.open = false
    await this.agent.close()
  }
}

async function* startingWith<T>(first: IteratorResult<T>, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    if (first.done !== true) yield first.value
    yield* rest
  } finally {
    await rest.return(undefined)
  }
}
