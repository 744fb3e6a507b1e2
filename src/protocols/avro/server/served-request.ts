import type { AvroReader } from '../../../codecs/avro/reader.js'
import type { AvroWriter } from '../../../codecs/avro/writer.js'
import { RpcError } from '../../../core/rpc-error.js'
import { sentWithout } from '../../header-room.js'
import { countedBody } from '../../pipelined/counted-body.js'
import type { Body } from '../../pipelined/output.js'
import { type Host, ServedRequest } from '../../pipelined/server/served-request.js'
import { type HandshakeResponse, writeHandshakeResponse } from '../handshake.js'
import type { Metadata } from '../metadata.js'
import type { MessageOutput } from '../output.js'
import { writeError, writePlainError, writePong, writeReply } from './reply.js'
import type { ServedMethod } from './served-method.js'

/** The connection or HTTP exchange that a request arrived on and that takes its answer. */
export interface AvroHost extends Host {
  readonly output: MessageOutput
}

export interface AvroRequestInit {
  /** 0 if the framing has none. */
  readonly serial: number
  /** Written before the answer. */
  readonly handshake: HandshakeResponse | undefined
  readonly host: AvroHost
}

/** One request and its answer. */
export class AvroRequest extends ServedRequest implements Body<AvroWriter, unknown> {
  private method: ServedMethod | undefined = undefined
  private isDeclined = false
  private readonly handshake: HandshakeResponse | undefined
  private readonly host: AvroHost

  constructor({ serial, handshake, host }: AvroRequestInit) {
    super(serial, host)
    this.handshake = handshake
    this.host = host
  }

  /** Runs the call with the parameters in the reader, then answers. */
  run(method: ServedMethod, from: AvroReader, metadata: Metadata): void {
    this.method = method
    this.start(method, from, metadata)
  }

  /** Answers a call of the empty name, with which clients only do a handshake. */
  pong(): void {
    this.settle()
  }

  /** Answers a one-way call before it runs. The client waits for the handshake before the answer. */
  acknowledge(): void {
    this.writeReply(undefined)
  }

  /** Answers only with the handshake: the client must send its protocol. */
  decline(): void {
    this.isDeclined = true
    this.settle()
  }

  protected get path(): string {
    return this.method?.schema.path ?? 'avro'
  }

  /** Writes the body of its reply. */
  write(out: AvroWriter, reply: unknown): void {
    const { handshake, method, call, host } = this
    if (handshake !== undefined) writeHandshakeResponse(out, handshake)
    if (this.isDeclined) return
    if (method === undefined || call === undefined) writePong(out)
    else writeReply(out, { writes: method.writes, call, limits: host.settings.limits }, reply)
  }

  protected writeReply(reply: unknown): void {
    this.host.output.write(this.id, countedBody(this, this.call), reply)
  }

  protected writeError(error: RpcError): void {
    const { method, call, host } = this
    const { limits, report } = host.settings
    let sent = error
    if (method !== undefined && call !== undefined) {
      try {
        let dropped: readonly string[] = []
        this.send(out => {
          dropped = writeError(out, error, { writes: method.writes, call, limits })
        })
        if (dropped.length > 0) report(sentWithout(dropped, this.path), call)
        return
      } catch (cause) {
        report(cause, call)
        sent = new RpcError(error.message, error.code)
      }
    }
    this.send(out => writePlainError(out, sent, limits))
  }

  /** Writes an error behind the handshake. */
  private send(write: (out: AvroWriter) => void): void {
    const body = {
      write: (out: AvroWriter) => {
        if (this.handshake !== undefined) writeHandshakeResponse(out, this.handshake)
        write(out)
      },
    }
    this.host.output.write(this.id, body, undefined)
  }
}
