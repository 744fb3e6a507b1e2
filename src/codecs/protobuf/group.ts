import type { ProtoMessage } from './message.js'
import type { Reader } from './reader.js'
import { Inline, type ProtoType } from './scalars.js'
import type { Writer } from './writer.js'

/** A message between a start tag, which its field writes, and an end tag. Source: protobuf's encoding guide, "Groups". */
export class ProtoGroup implements ProtoType {
  readonly wire = 3
  readonly inline = Inline.none
  readonly merges = true
  private readonly endTag: number

  constructor(
    private readonly message: ProtoMessage,
    number: number,
  ) {
    this.endTag = ((number << 3) | 4) >>> 0
  }

  write(writer: Writer, value: unknown, depth: number): void {
    this.message.writeBody(writer, value, depth)
    writer.varint(this.endTag)
  }

  read(reader: Reader, depth: number, previous?: unknown): unknown {
    const { end, group } = reader
    reader.group = { endTag: this.endTag, depth, isOver: false }
    const message = this.message.readBody(reader, depth, previous)
    reader.endGroup()
    reader.end = end
    reader.group = group
    return message
  }

  zero(reader: Reader): unknown {
    return this.message.zero(reader)
  }
}
