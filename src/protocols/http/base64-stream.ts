import { Code } from '../../core/code.js'
import { failure } from '../../core/rpc-error.js'

const empty = Buffer.alloc(0)

/**
 * Decodes base64 that arrives in chunks. Each piece that its sender wrote may have its own padding.
 * Source: gRPC-Web, "Text-encoded (response) streams".
 */
export class Base64Stream {
  /** Less than four characters. */
  private rest = ''

  /** Whether nothing is missing. */
  get isWhole(): boolean {
    return this.rest === ''
  }

  /** @throws RpcError `invalid_argument` (`malformed_envelope`) */
  push(chunk: Buffer): Buffer {
    const text = this.rest + chunk.toString('latin1')
    const whole = text.length - (text.length % 4)
    this.rest = text.slice(whole)
    if (whole === 0) return empty
    const bytes = Buffer.allocUnsafe((whole / 4) * 3)
    let written = 0
    for (let at = 0; at < whole; ) {
      const padding = text.indexOf('=', at)
      const end = padding < 0 || padding >= whole ? whole : padding - (padding % 4) + 4
      const piece = text.slice(at, end)
      if (!base64.test(piece)) throw failure('malformed_envelope', Code.invalid_argument, 'the body is not base64')
      written += bytes.write(piece, written, 'base64')
      at = end
    }
    return bytes.subarray(0, written)
  }
}

const base64 = /^[A-Za-z0-9+/]*={0,2}$/
