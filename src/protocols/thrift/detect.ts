/** How messages are separated on a connection: each after its length (THeader too), or without lengths. */
export type Transport = 'framed' | 'unframed'

/** A larger length shows that the bytes are of another protocol. */
const longestFrame = 0x0fff_ffff
/** The most bytes of a method's name in a message header without a version. */
const longestName = 1024
/** Magic, flags, sequence id, header size. */
const headerFixed = 10

/**
 * Detects the transport of a connection from its first bytes.
 * @returns `none` if it is not Thrift; undefined if it needs more bytes
 */
export function transportOf(head: Uint8Array): Transport | 'none' | undefined {
  const unframed = beginsMessage(head, 0)
  if (unframed === true) return 'unframed'
  const framed = beginsFrame(head)
  if (framed === true) return 'framed'
  return unframed === false && framed === false ? 'none' : undefined
}

/** Whether the bytes begin a message after its length, or a THeader frame after one or two lengths. */
function beginsFrame(head: Uint8Array): boolean | undefined {
  const length = word(head, 0)
  if (length === undefined) return (head[0] ?? 0) > longestFrame >>> 24 ? false : undefined
  if (length < 6 || length > longestFrame) return false
  const known = [beginsHeader(head, 4, length), beginsMessage(head, 4), beginsHeader(head, 8, length - 4)]
  return known.find(one => one !== false) ?? (known.includes(undefined) ? undefined : false)
}

/** THeader. Source: Apache Thrift, "HeaderFormat.md". */
function beginsHeader(head: Uint8Array, at: number, length: number): boolean | undefined {
  const known = matches(head, at, [is(0x0f), is(0xff)])
  if (known !== true) return known
  const high = head[at + 8]
  const low = head[at + 9]
  if (high === undefined || low === undefined) return undefined
  return headerFixed + ((high << 8) | low) * 4 <= length
}

/** Whether the bytes begin a message of the JSON, binary (with or without a version in its header) or compact protocol. */
function beginsMessage(head: Uint8Array, at: number): boolean | undefined {
  switch (head[at]) {
    case undefined:
      return undefined
    case 0x5b:
      return matches(head, at, [is(0x5b), is(0x31), is(0x2c), is(0x22)])
    case 0x80:
      return matches(head, at, [is(0x80), is(0x01), is(0), kind, is(0), is(0)])
    case 0x82:
      return beginsCompact(head, at)
    case 0:
      return beginsOld(head, at)
    default:
      return false
  }
}

type Test = (byte: number) => boolean
const is =
  (wanted: number): Test =>
  byte =>
    byte === wanted
const kind: Test = byte => byte >= 1 && byte <= 4
const nameStart: Test = byte => (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a) || byte === 0x5f

const namePart: Test = byte => nameStart(byte) || (byte >= 0x30 && byte <= 0x3a) || byte === 0x2e

function matches(head: Uint8Array, at: number, tests: readonly Test[]): boolean | undefined {
  for (const [index, test] of tests.entries()) {
    const byte = head[at + index]
    if (byte === undefined) return undefined
    if (!test(byte)) return false
  }
  return true
}

const compactKind: Test = byte => (byte & 31) === 1 && kind(byte >> 5)

function beginsCompact(head: Uint8Array, at: number): boolean | undefined {
  const known = matches(head, at, [is(0x82), compactKind])
  if (known !== true) return known
  const behindSequence = behindVarint(head, at + 2)
  const name = typeof behindSequence === 'number' ? behindVarint(head, behindSequence) : behindSequence
  return typeof name === 'number' ? matches(head, name, [nameStart]) : name
}

/** @returns the offset after a varint; false if it has more than 32 bits; undefined if it needs more bytes */
function behindVarint(head: Uint8Array, start: number): number | false | undefined {
  for (let at = start; at < start + 5; at++) {
    const byte = head[at]
    if (byte === undefined) return undefined
    if (byte < 128) return at + 1
  }
  return false
}

/** Checks the whole name: an Avro frame also begins with a length, and then a checksum, which may begin with a letter. */
function beginsOld(head: Uint8Array, at: number): boolean | undefined {
  const length = word(head, at)
  if (length === undefined) return (head[at + 1] ?? 0) === 0 ? undefined : false
  if (length === 0 || length > longestName) return false
  const start = at + 4
  const name = head.subarray(start, start + length)
  if (name.length > 0 && !nameStart(name[0] as number)) return false
  if (!name.every(namePart)) return false
  return matches(head, start + length, [kind])
}

function word(head: Uint8Array, at: number): number | undefined {
  if (head.length < at + 4) return undefined
  const [a = 0, b = 0, c = 0, d = 0] = head.subarray(at, at + 4)
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0
}
