/** HTTP/2 as bytes; nothing about them is checked. */

export const Type = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const

export const endStream = 1
export const endHeaders = 4

export function frame(type: number, flags: number, stream: number, payload: Uint8Array | string = ''): Buffer {
  const body = Buffer.from(payload as string, 'latin1')
  const bytes = Buffer.alloc(9 + body.length)
  bytes.writeUIntBE(body.length, 0, 3)
  bytes[3] = type
  bytes[4] = flags
  bytes.writeUInt32BE(stream, 5)
  body.copy(bytes, 9)
  return bytes
}

export function word(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value >>> 0)
  return bytes
}

export function settings(...pairs: readonly (readonly [id: number, value: number])[]): Buffer {
  return frame(
    Type.settings,
    0,
    0,
    Buffer.concat(pairs.map(([id, value]) => Buffer.concat([Buffer.from([id >> 8, id & 255]), word(value)]))),
  )
}

/** A header block of plain literals. */
export function block(...fields: readonly (readonly [name: string, value: string])[]): Buffer {
  return Buffer.concat(fields.map(([name, value]) => Buffer.concat([Buffer.from([0]), text(name), text(value)])))
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1')
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes])
  const head = [127]
  let left = bytes.length - 127
  for (; left >= 128; left >>= 7) head.push((left & 127) | 128)
  return Buffer.concat([Buffer.from([...head, left]), bytes])
}

export const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
export const start = Buffer.concat([Buffer.from(preface), settings()])

/** The head of a gRPC call of `attack.Target`. */
export function grpcHead(method: string, ...more: readonly (readonly [name: string, value: string])[]): Buffer {
  return block(
    ...([
      [':method', 'POST'],
      [':scheme', 'http'],
      [':path', `/attack.${method}`],
      [':authority', 'attacked'],
      ['te', 'trailers'],
      ['content-type', 'application/grpc'],
    ] as const),
    ...more,
  )
}

/** A gRPC message of `large` or `linger`: one number in field 1. */
export function grpcNumber(value: number): Buffer {
  const digits: number[] = []
  for (; value > 127; value >>>= 7) digits.push((value & 127) | 128)
  const message = [0x08, ...digits, value]
  return Buffer.from([0, 0, 0, 0, message.length, ...message])
}

/** A whole call. */
export function grpcCall(stream: number, method: string, value: number): Buffer {
  return Buffer.concat([
    frame(Type.headers, endHeaders, stream, grpcHead(method)),
    frame(Type.data, endStream, stream, grpcNumber(value)),
  ])
}

export interface Frame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

/** Whole frames of what has come, as latin1. */
export function frames(received: string): Frame[] {
  const bytes = Buffer.from(received, 'latin1')
  const found: Frame[] = []
  for (let at = 0; at + 9 <= bytes.length; ) {
    const length = bytes.readUIntBE(at, 3)
    const [type = 0, flags = 0] = bytes.subarray(at + 3, at + 5)
    const payload = bytes.subarray(at + 9, at + 9 + length)
    if (payload.length === length) found.push({ type, flags, stream: bytes.readUInt32BE(at + 5), payload })
    at += 9 + length
  }
  return found
}
