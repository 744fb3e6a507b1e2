import type { Limits } from '../core/limits.js'

/** The most bytes of an error's message that are sent in a message instead of headers. */
const longestMessage = 131_072
/** Bytes of an error's message that are sent even if `limits.messageBytes` is tiny. */
const leastMessage = 1024
const ellipsis = '…'

/**
 * An error's message as it is sent within a message: at most 128 KiB of UTF-8, or an eighth of `limits.messageBytes` if that is less, so
 * that the error fits in every codec, even with JSON's escapes. A lone surrogate becomes U+FFFD, so that every error can be sent.
 */
export function shortMessage(message: string, { messageBytes }: Pick<Limits, 'messageBytes'>): string {
  const most = Math.max(leastMessage, Math.min(longestMessage, messageBytes >> 3))
  const text = message.toWellFormed()
  return text.length * 3 <= most ? text : shortened(text, most, utf8Size)
}

/**
 * The text, cut to cost at most `most`, with an ellipsis if it was cut. No character is cut in two.
 * @param cost of one character in the form in which it is sent
 */
export function shortened(text: string, most: number, cost: (point: number) => number): string {
  const room = most - cost(ellipsis.charCodeAt(0))
  let spent = 0
  let end = 0
  for (let at = 0; at < text.length; ) {
    const point = text.codePointAt(at) as number
    spent += cost(point)
    if (spent > most) return room < 0 ? '' : text.slice(0, end) + ellipsis
    at += point > 0xffff ? 2 : 1
    if (spent <= room) end = at
  }
  return text
}

/** What the text costs; some number above `most` if it costs more. */
export function costOf(text: string, most: number, cost: (point: number) => number): number {
  let spent = 0
  for (let at = 0; at < text.length && spent <= most; ) {
    const point = text.codePointAt(at) as number
    spent += cost(point)
    at += point > 0xffff ? 2 : 1
  }
  return spent
}

/** Bytes of a character in UTF-8; a lone surrogate becomes U+FFFD. */
export function utf8Size(point: number): number {
  if (point < 0x80) return 1
  if (point < 0x800) return 2
  return point < 0x10000 ? 3 : 4
}
