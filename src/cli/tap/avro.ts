import type { AvroReader } from '../../codecs/avro/reader.js'
import { codeName } from '../../core/code.js'
import { defaultLimits } from '../../core/limits.js'
import { detectFraming } from '../../protocols/avro/framing.js'
import { readHandshakeRequest, readHandshakeResponse } from '../../protocols/avro/handshake.js'
import { MessageDecoder } from '../../protocols/avro/message-decoder.js'
import { Metadata } from '../../protocols/avro/metadata.js'
import { begin, type SeenCall, type Tell, type WireReader } from './seen.js'

/** Bytes of the first buffer, as the server detects the wire. */
const longestFirst = 16_777_216

interface Protocol {
  readonly protocol?: string
  readonly namespace?: string
  readonly messages?: Readonly<Record<string, { readonly 'one-way'?: boolean }>>
}

/** Reads the messages of an Avro connection, in both framings. */
export class AvroWireReader implements WireReader {
  private readonly pending: {
    readonly serial: number
    readonly call: SeenCall | undefined
    readonly hasHandshake: boolean
  }[] = []
  private head: Buffer = Buffer.alloc(0)
  private client: MessageDecoder | undefined
  private server: MessageDecoder | undefined
  private isNetty = false
  private isConnected = false
  /** What the client says of itself, if it sends it. */
  private protocol: Protocol = {}

  constructor(private readonly tell: Tell) {}

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
    const hasHandshake = !this.isConnected
    if (hasHandshake) {
      const { clientProtocol } = readHandshakeRequest(from)
      if (clientProtocol !== undefined) this.protocol = JSON.parse(clientProtocol) as Protocol
    }
    const { headers } = new Metadata(from, defaultLimits.headerBytes)
    const name = from.string()
    // A ping, which only shakes hands.
    if (name === '') {
      this.pending.push({ serial, call: undefined, hasHandshake })
      return
    }
    const { namespace, protocol = '', messages } = this.protocol
    const service = [namespace, protocol].filter(part => part !== undefined && part !== '').join('.')
    const call = begin('avro', service === '' ? name : `${service}/${name}`, (headers ?? []).map(String))
    call.requests = 1
    call.sent = from.end - from.position
    if (messages?.[name]?.['one-way'] && !hasHandshake) this.tell({ ...call, code: 'ok' })
    else this.pending.push({ serial, call, hasHandshake })
  }

  private reply(serial: number, from: AvroReader): void {
    const at = this.isNetty ? this.pending.findIndex(one => one.serial === serial) : 0
    const [one] = at < 0 ? [] : this.pending.splice(at, 1)
    if (one === undefined) return
    if (one.hasHandshake) {
      const { match } = readHandshakeResponse(from)
      // The client sends the call again, with its protocol.
      if (match === 'NONE') return
      this.isConnected = true
    }
    if (one.call === undefined) return
    const { code } = new Metadata(from, defaultLimits.headerBytes)
    const failed = from.boolean()
    const name = code === undefined ? 'exception' : codeName(code)
    this.tell({ ...one.call, code: failed ? name : 'ok', replies: 1, received: from.end - from.position })
  }
}
