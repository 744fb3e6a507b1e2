import type { AvroReader } from '../../../codecs/avro/reader.js'
import { ActiveCall, type CallInit } from '../../../core/active-call.js'
import type { MethodReads } from '../signature.js'

/** A call whose parameters are read when the router asks for them, behind the policies that judge by headers alone. */
export class ServedCall extends ActiveCall {
  /** Where the parameters begin; undefined once they are read, so that the bytes of the request can go. */
  private from: AvroReader | undefined

  constructor(
    init: CallInit,
    private readonly reads: MethodReads,
    from: AvroReader,
  ) {
    super(init)
    this.from = from
  }

  override receive(): undefined {
    const { from } = this
    if (from === undefined) return
    this.from = undefined
    this.message = this.reads.readRequest(from)
  }
}
