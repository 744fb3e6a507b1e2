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

/** A call whose arguments are decoded only when the router asks for them, after the policies that need only headers. */
export class ServedCall<Reader extends Positioned> extends ActiveCall {
  /** At the start of the arguments; undefined after they are read, so that the request's bytes can be collected. */
  private reader: Reader | undefined

  constructor(
    init: CallInit,
    private readonly reads: RequestReads<Reader>,
    reader: Reader,
  ) {
    super(init)
    this.reader = reader
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
