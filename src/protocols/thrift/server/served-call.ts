import type { ThriftReader } from '../../../codecs/thrift/wire.js'
import { asInvalidMessage } from '../../../codecs/values/fault.js'
import { ActiveCall, type CallInit } from '../../../core/active-call.js'
import { Code } from '../../../core/code.js'
import { RpcError } from '../../../core/rpc-error.js'
import type { ArgumentsType } from '../signature.js'

/** A call whose arguments are read when the router asks for them, behind the policies that judge by headers alone. */
export class ServedCall extends ActiveCall {
  /** Where the arguments begin; undefined once they are read, so that the bytes of the request can go. */
  private reader: ThriftReader | undefined

  constructor(
    init: CallInit,
    private readonly type: ArgumentsType,
    reader: ThriftReader,
  ) {
    super(init)
    this.reader = reader
  }

  override receive(): undefined {
    const { reader } = this
    if (reader === undefined) return
    this.reader = undefined
    try {
      this.message = this.type.read(reader)
      reader.endMessage()
      reader.finish()
    } catch (error) {
      throw RpcError.from(asInvalidMessage(error, 'the arguments'), Code.internal)
    }
  }
}
