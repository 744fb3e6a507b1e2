import { asInvalidMessage } from '../../../codecs/values/fault.js'
import { ActiveCall, type CallInit } from '../../../core/active-call.js'
import { Code } from '../../../core/code.js'
import { RpcError } from '../../../core/rpc-error.js'

/** What has read its bytes up to a position. */
export interface Positioned {
  readonly position: number
}

/** Reads the arguments of a method. @throws RpcError or Fault */
export interface RequestReads<Reader extends Positioned> {
  readRequest(reader: Reader): unknown
}

interface ServedCallParts<Reader extends Positioned> {
  readonly reads: RequestReads<Reader>
  /** At the start of the arguments. */
  readonly reader: Reader
  /** Learns when the handler has settled. */
  readonly host: { handlerSettled(): void }
}

/** A call whose arguments are decoded only when the router asks for them, after the policies that need only headers. */
export class ServedCall<Reader extends Positioned> extends ActiveCall {
  /** At the start of the arguments; undefined after they are read, so that the request's bytes can be collected. */
  private reader: Reader | undefined

  private readonly reads: RequestReads<Reader>
  private readonly host: ServedCallParts<Reader>['host']

  constructor(init: CallInit, { reads, reader, host }: ServedCallParts<Reader>) {
    super(init)
    this.reads = reads
    this.reader = reader
    this.host = host
  }

  override settled(): void {
    this.host.handlerSettled()
  }

  override receive(): undefined {
    const { reader } = this
    if (reader === undefined) return
    this.reader = undefined
    const start = reader.position
    try {
      this.message = this.reads.readRequest(reader)
      this.observed?.message('received', reader.position - start)
    } catch (error) {
      throw RpcError.from(asInvalidMessage(error, 'the arguments'), Code.internal)
    }
  }
}
