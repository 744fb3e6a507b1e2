import type { AvroReader } from '../../codecs/avro/reader.js'
import { codeName } from '../../core/code.js'
import { defaultLimits } from '../../core/limits.js'
import { detectFraming } from '../../protocols/avro/framing.js'
import { readHandshakeRequest, readHandshakeResponse } from '../../protocols/avro/handshake.js'
import { MessageDecoder } from '../../protocols/avro/message-decoder.js'
import { Metadata } from '../../protocols/avro/metadata.js'
import type { AvroProtocol } from '../../protocols/avro/protocol-schema.js'
import { begin, type Reading, type SeenCall, type Tell, type WireReader } from './seen.js'

/** Bytes of the first buffer, as the server detects the wire. */
const longestFirst = 16_777_216

/** A message that has no reply yet. */
interface Pending {
  readonly serial: number
  /** Undefined for a ping, which only shakes hands. */
  readonly call: SeenCall | undefined
  readonly name: string
  readonly hasHandshake: boolean
}

/** Reads the messages of an Avro connection, in both framings. */
export class AvroWireReader implements WireReader {
  private readonly pending: Pending[] = []
  private head: Buffer = Buffer.alloc(0)
  private client: MessageDecoder | undefined
  private server: MessageDecoder | undefined
  private isNetty = false
  private isConnected = false
  /** What the peers say of themselves, now or to another connection. */
  private clientProtocol: AvroProtocol | undefined
  private serverProtocol: AvroProtocol | undefined

  constructor(
    private readonly tell: Tell,
    private readonly reading: Reading,
  ) {}

  fromClient(chunk: Buffer): void {
    let bytes = chunk
    if (this.client === undefined) {
      bytes = Buffer.concat([this.head, chunk])
      this.head = bytes
      const framing = detectFraming(bytes, longestFirst)
      if (framing === false) throw new Error('it is not Avro')
      if (framing === undefined) return
      this.isNetty = framing === 'netty'
      const limit = defaultLimits.messageBytes
      this.client = new MessageDecoder(framing, limit, {
        message: (serial, from) => this.request(serial, from),
        oversized: () => {},
      })
      this.server = new MessageDecoder(framing, limit, {
        message: (serial, from) => this.reply(serial, from),
        oversized: () => {},
      })
    }
    this.client.push(bytes)
  }

  fromServer(chunk: Buffer): void {
    this.server?.push(chunk)
  }

  ended(): void {
    for (const { call } of this.pending.splice(0))
      if (call !== undefined) this.tell({ ...call, code: 'connection lost' })
  }

  private request(serial: number, from: AvroReader): void {
    const { contents, protocols } = this.reading
    const hasHandshake = !this.isConnected
    if (hasHandshake) {
      const { clientHash, clientProtocol, serverHash } = readHandshakeRequest(from)
      this.clientProtocol = protocols.find(clientHash, clientProtocol)
      this.serverProtocol = protocols.find(serverHash, undefined) ?? this.clientProtocol
    }
    const { headers } = new Metadata(from, defaultLimits.headerBytes)
    const name = from.string()
    if (name === '') {
      this.pending.push({ serial, name, call: undefined, hasHandshake })
      return
    }
    const service = this.clientProtocol?.name ?? ''
    const call = begin('avro', service === '' ? name : `${service}/${name}`, (headers ?? []).map(String))
    call.requests = 1
    call.sent = from.end - from.position
    const message = this.clientProtocol?.messages.get(name)
    const request = contents?.avroRequest(call.method, from, message)
    call.messages = contents && (async () => ({ requests: listOf(request), replies: undefined }))
    if (message?.oneWay && !hasHandshake) this.tell({ ...call, code: 'ok' })
    else this.pending.push({ serial, name, call, hasHandshake })
  }

  private reply(serial: number, from: AvroReader): void {
    const at = this.isNetty ? this.pending.findIndex(one => one.serial === serial) : 0
    const [one] = at < 0 ? [] : this.pending.splice(at, 1)
    if (one === undefined) return
    if (one.hasHandshake) {
      const { match, serverHash, serverProtocol } = readHandshakeResponse(from)
      if (serverProtocol !== undefined) this.serverProtocol = this.reading.protocols.find(serverHash, serverProtocol)
      // The client sends the call again, with its protocol.
      if (match === 'NONE') return
      this.isConnected = true
    }
    const { call, name } = one
    if (call === undefined) return
    const { code, message: text, details = [] } = new Metadata(from, defaultLimits.headerBytes)
    const failed = from.boolean()
    const received = from.end - from.position
    const message = this.serverProtocol?.messages.get(name)
    const { contents } = this.reading
    const reply = failed ? undefined : contents?.avroReply(call.method, from, message)
    const index = failed ? from.int() : 0
    const own = failed && index === 0 ? from.string() : undefined
    const read = index > 0 ? contents?.avroError(call.method, from, message, index) : undefined
    const { messages } = call
    const all = messages && (async () => ({ ...(await messages()), replies: listOf(reply), error: read?.error }))
    this.tell({
      ...call,
      code: !failed ? 'ok' : code === undefined ? 'exception' : codeName(code),
      message: own ?? text ?? read?.message ?? '',
      details,
      replies: 1,
      received,
      messages: all,
    })
  }
}

function listOf(message: unknown): readonly unknown[] | undefined {
  return message === undefined ? undefined : [message]
}
