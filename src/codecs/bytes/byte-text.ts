import { longestShort, TextWindow } from './text-window.js'
import { longestTiny, tinyAscii } from './tiny-ascii.js'

/** Bytes. So little of a message has so few strings that a window for them takes longer than making each by itself. */
const smallRest = 256

/** Decodes the strings of a binary message, of which nothing is known but where they are. */
export class ByteText extends TextWindow {
  /** @throws Fault for bytes that are not UTF-8 */
  decode(start: number, end: number): string {
    const length = end - start
    if (end > this.stop && length <= longestTiny && this.end - start <= smallRest)
      return tinyAscii(this.bytes, start, length) ?? this.utf8(start, end)
    return length <= longestShort && isAscii(this.bytes, start, end) ? this.ascii(start, end) : this.utf8(start, end)
  }
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  let bits = 0
  for (let at = start; at < end; at++) bits |= bytes[at] as number
  return bits < 128
}
