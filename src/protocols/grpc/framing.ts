import { Code } from '../../core/code.js'
import { failure, type RpcError } from '../../core/rpc-error.js'
import { compressedFlag, type FlagRules } from '../length-prefixed.js'

/** @param limit bytes of one message as it arrives */
export function frameRules(limit: number): FlagRules {
  return { limitOf: flags => (flags > compressedFlag ? -1 : limit), unknownFlags }
}

/** @throws RpcError `internal` for flags that the spec does not define */
export function isCompressed(flags: number): boolean {
  if (flags <= compressedFlag) return flags === compressedFlag
  throw unknownFlags(flags)
}

function unknownFlags(flags: number): RpcError {
  return failure('malformed_framing', Code.internal, `a message with flags ${flags} is not a gRPC message`)
}

export function cutOff(): RpcError {
  return failure('malformed_framing', Code.internal, 'the stream ended within a message')
}
