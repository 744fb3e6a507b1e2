import { Readable } from 'node:stream'
import { Agent, type Dispatcher, request } from 'undici'
import { ErrorDetails } from '../../src/codecs/error-details.js'
import { json } from '../../src/codecs/json/codec.js'
import { compileMethod, type MethodSerializers } from '../../src/codecs/method-serializers.js'
import { protobuf } from '../../src/codecs/protobuf/codec.js'
import type { ActiveCall } from '../../src/core/active-call.js'
import { streamsIn, streamsOut } from '../../src/core/call.js'
import { Code } from '../../src/core/code.js'
import { Headers, type HeaderValue } from '../../src/core/headers.js'
import { RpcError } from '../../src/core/rpc-error.js'
import { readMetadata, trailerPrefix, writeMetadata } from '../../src/protocols/http/metadata.js'
import { errorFromJson } from '../../src/protocols/http/read-error.js'
import type { ClientSettings, Link, Protocol } from '../../src/protocols/protocol.js'
import type { MethodSchema } from '../../src/schema/service.js'

/** Calls methods by their first route, as a stranger would who has read the page: polywire has no client for REST. */
export const restClient: Protocol = {
  name: 'rest',
  secureName: 'rests',
  defaultPort: 80,
  defaultCodec: 'json',
  refuses: () => undefined,
  detect: () => false,
  serve: () => {
    throw new Error('the HTTP protocol serves it')
  },
  bind: (_services, settings) => ({ dial: async ({ address }) => new RestLink(address, settings) }),
}

interface Problem {
  readonly code: string
  readonly detail?: string
  readonly details?: readonly (Record<string, unknown> & { readonly '@type': string })[]
}

class RestLink implements Link {
  open = true
  onClose: Link['onClose']
  private readonly agent: Agent
  private readonly origin: string

  constructor(
    address: string,
    private readonly settings: ClientSettings,
  ) {
    const { tls } = settings
    this.agent = new Agent(tls === undefined ? {} : { connect: { ca: tls.ca as string } })
    this.origin = `${tls === undefined ? 'http' : 'https'}://${address}`
  }

  readonly handle = async (call: ActiveCall): Promise<unknown> => {
    const method = call.method as MethodSchema
    const serializers = compileMethod(json, method, this.settings.limits)
    const abort = new AbortController()
    call.onCancel(() => abort.abort())
    try {
      const body = streamsIn(method)
        ? Readable.from(linesOf(call, serializers))
        : serializers.request.encode(call.message)
      const path = method.routes[0]?.template.text ?? ''
      const reply = await request(this.origin + path, {
        method: 'POST',
        dispatcher: this.agent,
        signal: abort.signal,
        headers: headersOf(call, streamsIn(method) ? 'application/x-ndjson' : 'application/json'),
        body,
        headersTimeout: 0,
        bodyTimeout: 0,
      })
      const { headers, trailers } = metadataOf(reply.headers)
      if (reply.statusCode !== 200) throw this.error(method, (await reply.body.json()) as Problem, headers)
      call.receiveReplyHeaders(headers)
      if (streamsOut(method)) return this.replies(call, reply.body, serializers)
      const bytes = await reply.body.bytes()
      call.receiveReplyTrailers(trailers)
      return serializers.reply.decode(bytes)
    } catch (error) {
      throw failureOf(call, error)
    }
  }

  private async *replies(call: ActiveCall, body: Dispatcher.ResponseData['body'], { reply }: MethodSerializers) {
    try {
      let rest = ''
      // The body's own setEncoding decodes each chunk alone.
      const decoder = new TextDecoder()
      for await (const bytes of body as AsyncIterable<Uint8Array>) {
        const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) {
          const { error } = JSON.parse(line) as { readonly error?: Problem }
          if (error !== undefined) throw this.error(call.method as MethodSchema, error, [])
          yield reply.decode(Buffer.from(line))
        }
      }
    } catch (error) {
      throw failureOf(call, error)
    }
  }

  /** A declared error has its name as `@type`, and its fields beside it. */
  private error(method: MethodSchema, { code, detail, details = [] }: Problem, headers: HeaderValue[]): RpcError {
    const error = {
      code,
      message: detail,
      details: details.map(({ '@type': type, ...debug }) => ({ type, value: '', debug })),
    }
    const known = new ErrorDetails(method.throws, { protobuf, json }, this.settings.limits)
    return errorFromJson(error, {
      details: known,
      code: Code.unknown,
      message: '',
      headers: Headers.adopt(headers),
      delivery: 'unknown',
    })
  }

  async close(): Promise<void> {
    this.open = false
    await this.agent.close()
  }
}

async function* linesOf(call: ActiveCall, { request }: MethodSerializers): AsyncGenerator<Uint8Array> {
  for await (const message of call.message as AsyncIterable<unknown>)
    yield Buffer.concat([request.encode(message), Buffer.from('\n')])
}

export function failureOf(call: ActiveCall, error: unknown): RpcError {
  return call.canceled ?? (error instanceof RpcError ? error : new RpcError(String(error), Code.unavailable))
}

function headersOf(call: ActiveCall, contentType: string): string[] {
  const remaining = Math.max(1, Math.ceil(call.deadline - call.clock.now()))
  const head = ['content-type', contentType, 'connect-timeout-ms', String(remaining)]
  if (call.previousAttempts > 0) head.push('grpc-previous-rpc-attempts', String(call.previousAttempts))
  writeMetadata(call.headers, head)
  return head
}

function metadataOf(raw: Record<string, string | string[] | undefined>): Record<'headers' | 'trailers', HeaderValue[]> {
  const headers: HeaderValue[] = []
  const trailers: HeaderValue[] = []
  for (const [name, values = []] of Object.entries(raw)) {
    const isTrailer = name.startsWith(trailerPrefix)
    for (const value of [values].flat())
      readMetadata(isTrailer ? name.slice(trailerPrefix.length) : name, value, isTrailer ? trailers : headers)
  }
  return { headers, trailers }
}
