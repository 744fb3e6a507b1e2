import { Code } from '../../core/code.js'
import { utf8Size } from '../shortened.js'

/** The code of a `grpc-status`; `unknown` if it is invalid. */
export function codeOfStatus(value: string | undefined): Code {
  const code = value !== undefined && /^\d{1,2}$/.test(value) ? Number(value) : -1
  return code >= 0 && code <= 16 ? code : Code.unknown
}

/** Percent-encodes the characters that `grpc-message` cannot have. Source: gRPC over HTTP/2, "Status-Message". */
export function encodeMessage(message: string): string {
  if (/^(?:[!-$&-~](?:[ -$&-~]*[!-$&-~])?)?$/.test(message)) return message
  let text = ''
  for (const byte of Buffer.from(message)) {
    const plain = byte > 0x20 && byte < 0x7f && byte !== 0x25
    text += plain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return text
}

/** The most bytes of a character in `grpc-message`. */
export function encodedSize(point: number): number {
  return point > 0x20 && point < 0x7f && point !== 0x25 ? 1 : 3 * utf8Size(point)
}

/** Decodes a `grpc-message`. An invalid encoding is left as it is. */
export function decodeMessage(text: string): string {
  if (!text.includes('%')) return text
  const bytes = Buffer.allocUnsafe(text.length)
  let length = 0
  for (let i = 0; i < text.length; i++) {
    const hex = text[i] === '%' ? text.slice(i + 1, i + 3) : ''
    if (/^[0-9a-fA-F]{2}$/.test(hex)) {
      bytes[length++] = Number.parseInt(hex, 16)
      i += 2
    } else {
      bytes[length++] = text.charCodeAt(i)
    }
  }
  return bytes.toString('utf8', 0, length)
}
