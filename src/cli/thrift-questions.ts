import { type Question, uint32 } from './probe.js'

// A call of a method that no service has. A server answers that it has no such method (TApplicationException), and does nothing else. Only
// a server is asked that has already failed to answer something.

const name = Buffer.from('polywire:which_wire')
const stop = Buffer.from([0])

/** Strict binary: version 1, a call, the name, the number 0, and no fields. */
const binary = Buffer.concat([Buffer.from([0x80, 0x01, 0, 1]), uint32(name.length), name, uint32(0), stop])
/** Compact: the protocol's id, a call of version 1, the number 0, the name, and no fields. */
const compact = Buffer.concat([Buffer.from([0x82, 0x21, 0, name.length]), name, stop])

/** By what a target has behind `thrift://` for a server that answers it. */
export const thriftQuestions: readonly { readonly query: string; readonly question: Question<boolean> }[] = [
  { query: '', question: question(framed(binary), 4, 0x80) },
  { query: '?codec=compact', question: question(framed(compact), 4, 0x82) },
  { query: '?transport=buffered', question: question(binary, 0, 0x80) },
  { query: '?transport=buffered&codec=compact', question: question(compact, 0, 0x82) },
]

/** The same as a request of HTTP/1.1 for `/`. */
export const thriftHttpQuestion: Question<boolean> = {
  bytes: Buffer.concat([
    Buffer.from(
      'POST / HTTP/1.1\r\nhost: polywire\r\ncontent-type: application/x-thrift\r\n' +
        `content-length: ${binary.length}\r\nconnection: close\r\n\r\n`,
    ),
    binary,
  ]),
  read(head) {
    const text = head.toString('latin1')
    if (!text.startsWith('HTTP/1.'.slice(0, text.length))) return false
    const end = text.indexOf('\r\n\r\n')
    return end < 0
      ? undefined
      : /^content-type: *application\/(?:x-thrift|vnd\.apache\.thrift)\b/im.test(text.slice(0, end))
  },
}

function framed(message: Buffer): Buffer {
  return Buffer.concat([uint32(message.length), message])
}

/** @param at where the answer's protocol begins @param id its first byte */
function question(bytes: Buffer, at: number, id: number): Question<boolean> {
  return { bytes, read: head => (head.length <= at ? undefined : head[at] === id && (at === 0 || head[0] === 0)) }
}
