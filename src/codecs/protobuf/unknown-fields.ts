import type { MessageSchema } from '../../schema/message.js'
import type { Fields } from './fields.js'
import type { Reader } from './reader.js'
import type { Writer } from './writer.js'

/** The property in which a decoded message keeps its unknown fields. A spread copies it, as it copies the known ones. */
const key = Symbol.for('polywire.unknownFields')

/** The fields that a peer sent and the class does not have, as they arrived, one after the other. */
class UnknownFields {
  private bytes = new Uint8Array(64)
  private size = 0

  append(tag: number, value: Uint8Array): void {
    this.reserve(5 + value.length)
    let rest = tag
    for (; rest > 127; rest >>>= 7) this.bytes[this.size++] = (rest & 127) | 128
    this.bytes[this.size++] = rest
    this.bytes.set(value, this.size)
    this.size += value.length
  }

  write(writer: Writer): void {
    writer.raw(this.bytes.subarray(0, this.size))
  }

  private reserve(count: number): void {
    const needed = this.size + count
    if (needed <= this.bytes.length) return
    const larger = new Uint8Array(Math.max(needed, 2 * this.bytes.length))
    larger.set(this.bytes.subarray(0, this.size))
    this.bytes = larger
  }
}

/** Whether a message of a schema has ever had unknown fields: until then no writer looks for them. Shared by its compiled types. */
interface Seen {
  any: boolean
}

const seenOf = /* @__PURE__ */ new WeakMap<MessageSchema, Seen>()

/** Keeps the unknown fields of the messages of one schema. */
export class UnknownFieldStore {
  private readonly seen: Seen
  private readonly limit: number

  /** @param values `limits.values` */
  constructor(schema: MessageSchema, values: number) {
    this.limit = values
    this.seen = seenOf.get(schema) ?? { any: false }
    seenOf.set(schema, this.seen)
  }

  /** Keeps a field whose value begins at `start` and ends where the reader is. @throws Fault `too_many_values` */
  keep(message: Fields, tag: number, reader: Reader, start: number): void {
    const holder = message as { [key]?: UnknownFields }
    if (holder[key] === undefined) {
      reader.values.take(1, this.limit)
      holder[key] = new UnknownFields()
      this.seen.any = true
    }
    holder[key].append(tag, reader.since(start))
  }

  /** Writes what was kept, behind the known fields. */
  write(message: object, writer: Writer): void {
    if (this.seen.any) (message as { readonly [key]?: UnknownFields })[key]?.write(writer)
  }
}
