import { Fault } from '../values/fault.js'
import { ValueCount } from '../values/value-count.js'
import { ByteText } from './byte-text.js'

const memory = /* @__PURE__ */ new ArrayBuffer(8)
const scratch = /* @__PURE__ */ new DataView(memory)
const scratchBytes = /* @__PURE__ */ new Uint8Array(memory)

/** Reads a message in a binary format. Every method throws a Fault if the bytes end too soon or are malformed. */
export class ByteReader {
  // Assigned, not defined, for the reason in ByteWriter.
  declare readonly values: ValueCount
  declare protected bytes: Uint8Array
  /** Where the next value begins. */
  declare position: number
  /** Where the message ends. */
  declare end: number
  declare protected readonly window: ByteText

  constructor(bytes: Uint8Array, position: number, end: number) {
    this.values = new ValueCount()
    this.bytes = bytes
    this.position = position
    this.end = end
    this.window = new ByteText(bytes, end)
  }

  /** Begins to read other bytes, at the end of a message that was read without a Fault. */
  restart(bytes: Uint8Array): void {
    this.bytes = bytes
    this.position = 0
    this.end = bytes.length
    this.values.restart()
    this.window.reset(bytes, bytes.length)
  }

  /** @throws Fault if bytes are left */
  finish(): void {
    const left = this.end - this.position
    if (left > 0) throw new Fault(`${left} bytes are left behind its end`)
  }

  /** Steps over `count` bytes. */
  protected pass(count: number): void {
    if (count > this.end - this.position) throw new EndsTooSoon()
    this.position += count
  }

  /** The next 1 to 8 bytes, at the start of a view that is valid until the next call. */
  protected load(count: number): DataView {
    const at = this.position
    this.pass(count)
    const { bytes } = this
    for (let index = 0; index < count; index++) scratchBytes[index] = bytes[at + index] as number
    return scratch
  }

  /** UTF-8 of `length` bytes. */
  protected utf8(length: number): string {
    const start = this.position
    this.pass(length)
    return this.window.decode(start, start + length)
  }

  /** A copy of the next `length` bytes. */
  protected copy(length: number): Uint8Array {
    const start = this.position
    this.pass(length)
    return new Uint8Array(this.bytes.subarray(start, start + length))
  }
}

/** The bytes end within a value. A reader that may get more bytes waits for them. */
export class EndsTooSoon extends Fault {
  constructor() {
    super('the message ends within a value')
  }
}
