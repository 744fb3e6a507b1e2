import type { Duplex } from 'node:stream'
import type { AvroReader } from '../../../codecs/avro/reader.js'
import { Fault } from '../../../codecs/values/fault.js'
import { messageTooLarge } from '../../../core/limits.js'
import { ServerConnection } from '../../pipelined/server/connection.js'
import type { Splitter } from '../../pipelined/splitter.js'
import { detectFraming } from '../framing.js'
import { MessageDecoder, type MessageSink } from '../message-decoder.js'
import { AvroOutput } from '../output.js'
import { type DispatchHost, type Serving, serveMessage } from './dispatch.js'
import { introduce } from './introduction.js'
import type { ClientProtocol } from './served-method.js'
import { AvroRequest } from './served-request.js'

/** Serves one connection. Its first bytes show the framing, its first message is a handshake, and only calls follow. */
export class AvroConnection extends ServerConnection implements DispatchHost, MessageSink {
  readonly output: AvroOutput
  /** Set after a handshake has succeeded. */
  private client: ClientProtocol | undefined = undefined

  constructor(
    socket: Duplex,
    readonly serving: Serving,
    closed: (connection: ServerConnection) => void,
  ) {
    const output = new AvroOutput(socket, 'netty')
    super(socket, { protocol: 'avro', settings: serving.settings, output, closed })
    this.output = output
  }

  protected decide(head: Buffer): Splitter | undefined {
    const { messageBytes } = this.settings.limits
    const framing = detectFraming(head, messageBytes)
    if (framing === undefined) return undefined
    if (framing === false) throw new Fault('the connection does not speak Avro')
    this.output.framing = framing
    // Without serials a client takes each reply for that of its oldest request.
    if (framing === 'framed') this.replyOrder.inOrder()
    return new MessageDecoder(framing, messageBytes, this)
  }

  /** The bytes belong to no known request, so they get no answer. */
  protected refuseBytes(): void {}

  message(serial: number, from: AvroReader): void {
    if (this.admit()) this.serve(serial, from)
    else this.hold(() => this.serve(serial, from))
  }

  oversized(serial: number): void {
    if (this.admit()) this.refuse(serial)
    else this.hold(() => this.refuse(serial))
  }

  private serve(serial: number, from: AvroReader): void {
    const { client } = this
    if (client === undefined) this.introduce(serial, from)
    else serveMessage(from, { serial, client, handshake: undefined }, this)
  }

  private introduce(serial: number, from: AvroReader): void {
    const { handshakes } = this.serving
    const { headerBytes } = this.settings.limits
    const { response, client, isHopeless } = introduce(from, { handshakes, headerBytes })
    this.client = client
    if (client !== undefined) {
      serveMessage(from, { serial, client, handshake: response }, this)
      return
    }
    const request = new AvroRequest({ serial, handshake: response, host: this })
    this.enter(request)
    request.decline()
    if (isHopeless) this.finish()
  }

  private refuse(serial: number): void {
    const error = messageTooLarge(this.settings.limits.messageBytes)
    if (this.client === undefined) throw error
    const request = new AvroRequest({ serial, handshake: undefined, host: this })
    this.enter(request)
    request.refuse(error)
  }
}
