import {
  END_HEADERS,
  END_STREAM,
  GOAWAY,
  HAS_PRIORITY,
  HEAD_SIZE,
  HEADERS,
  PADDED,
  PREFACE,
  RST_STREAM,
  readUint31,
  SETTINGS,
  writeHead,
} from '../http2/frames.js'
import { prepareHeaders } from '../http2/header-block.js'
import type { HeaderList } from '../http2/header-list.js'
import { HpackDecoder } from '../http2/hpack-decoder.js'
import type { Question } from './probe.js'

/** What answered as HTTP/2; `http` is HTTP/1.1, and `other` no HTTP. */
type Answer = 'http2' | 'http' | 'other'

/** The client's first bytes of HTTP/2 (RFC 9113, section 3.4), and empty SETTINGS. A server of HTTP/1.1 answers them with an error. */
export const http2Question: Question<Answer> = {
  get bytes() {
    return Buffer.concat([Buffer.from(PREFACE), frame(SETTINGS, 0, 0)])
  },
  read(head) {
    if (head.length < HEAD_SIZE) return undefined
    // Some servers, Python's among them, answer a version that they do not know with a page alone, as in HTTP/0.9.
    if (/^HTTP\/|^\s*</.test(head.toString('latin1', 0, HEAD_SIZE))) return 'http'
    return head[3] === SETTINGS && readUint31(head, 5) === 0 ? 'http2' : 'other'
  },
}

/**
 * A call of gRPC of a method that nobody has. A server of gRPC says so in a header or by its content type (gRPC over HTTP/2, "Responses"),
 * and one of HTTP alone as of any page that it does not have. A server is taken for one of gRPC if it resets the call, does not answer it in
 * time, or answers as whatever stands before a server may: that it wants a password, or that the server is down.
 */
export const grpcQuestion: Question<Answer | 'grpc'> = {
  get bytes() {
    const { fields } = prepareHeaders([
      [':method', 'POST'],
      [':scheme', 'http'],
      [':path', '/polywire.Probe/Ask'],
      [':authority', 'polywire'],
      ['content-type', 'application/grpc'],
      ['te', 'trailers'],
    ])
    const block = Buffer.concat(fields.map(({ literal }) => literal))
    return Buffer.concat([http2Question.bytes, frame(HEADERS, END_HEADERS | END_STREAM, 1, block)])
  },
  read(head) {
    const begun = http2Question.read(head)
    if (begun !== 'http2') return begun
    const reply = firstReply(head)
    if (reply === 'none') return 'grpc'
    if (reply === undefined) return undefined
    const isGrpc = reply.get('grpc-status') !== undefined || reply.get('content-type')?.startsWith('application/grpc')
    return isGrpc || ofGateways.has(reply.status) ? 'grpc' : 'http2'
  },
  readAtEnd: head => (http2Question.read(head) === 'http2' ? 'grpc' : undefined),
}

/** Statuses by which a gateway answers in place of its server. */
const ofGateways = new Set([401, 403, 407, 408, 429, 502, 503, 504])

const noBytes = new Uint8Array()

function frame(type: number, flags: number, streamId: number, payload: Uint8Array = noBytes): Buffer {
  const head = Buffer.alloc(HEAD_SIZE)
  writeHead(head, 0, payload.length, (type << 8) | flags, streamId)
  return Buffer.concat([head, payload])
}

/** The headers that the first stream is answered with; `none` if there are none that can be read, undefined if they have not come yet. */
function firstReply(head: Buffer): HeaderList | 'none' | undefined {
  const hpack = new HpackDecoder(1 << 16)
  for (let start = 0, end = 0; start + HEAD_SIZE <= head.length; start = end) {
    end = start + HEAD_SIZE + head.readUIntBE(start, 3)
    if (end > head.length) return undefined
    const type = head[start + 3]
    if (type === RST_STREAM || type === GOAWAY) return 'none'
    if (type !== HEADERS) continue
    const list = headersOf(hpack, head.subarray(start, end))
    if (list === undefined || !list.isInformational) return list ?? 'none'
  }
  return undefined
}

/** Those of one frame. @returns undefined if they go on in another one, or cannot be read */
function headersOf(hpack: HpackDecoder, frame: Buffer): HeaderList | undefined {
  const flags = frame.readUInt8(4)
  if (!(flags & END_HEADERS)) return undefined
  let start = HEAD_SIZE
  const padding = flags & PADDED ? (frame[start++] ?? 0) : 0
  if (flags & HAS_PRIORITY) start += 5
  try {
    return start + padding > frame.length ? undefined : hpack.decode(frame, start, frame.length - padding)
  } catch {
    return undefined
  }
}
