import {
  checkValue,
  type HeaderBlock,
  literalName,
  type Prefix,
  type PreparedField,
  writeInteger,
} from './header-block.js'
import { DEFAULT_TABLE_SIZE, STATIC_LENGTH } from './hpack-static.js'

const INDEXED: Prefix = { bits: 7, first: 0x80 }
const SIZE_UPDATE: Prefix = { bits: 5, first: 0x20 }
const TEXT: Prefix = { bits: 7, first: 0 }
const MAX_REMEMBERED = 256

interface EncodedBlock {
  readonly bytes: Uint8Array
  /** The number of insertions these bytes hold for. */
  readonly inserted: number
}

/** Names of fields as literals, which are the same on every connection. */
const literalNames = new Map<string, Uint8Array>()

/**
 * HPACK encoder of one connection. Prepared fields enter the dynamic table at first use while there is room. Nothing is ever evicted, so
 * indexes move only when an entry is added, and a block's bytes can be kept until then. The fields of a single call are literals that enter
 * no table, so that they do not fill it.
 */
export class HpackEncoder {
  // Made when they are needed, since an idle connection would keep them.
  private table: Map<string, number> | undefined = undefined
  private blocks: Map<HeaderBlock, EncodedBlock> | undefined = undefined
  private inserted = 0
  private size = 0
  private limit = DEFAULT_TABLE_SIZE
  private announce = false

  /** Applies the peer's SETTINGS_HEADER_TABLE_SIZE. A smaller size starts a new table; a size above ours is never used. */
  resize(limit: number): void {
    if (limit >= this.limit) return
    this.limit = limit
    this.table = undefined
    this.blocks = undefined
    this.size = 0
    this.announce = true
  }

  /** Writes `block` at `at`, where `block.maxLength` bytes must fit. @returns the offset after it */
  encode(target: Uint8Array, at: number, block: HeaderBlock): number {
    if (this.announce) at = this.announceSize(target, at)
    const cached = this.blocks?.get(block)
    if (cached !== undefined && cached.inserted === this.inserted) {
      const { bytes } = cached
      for (let i = 0; i < bytes.length; i++) target[at++] = bytes[i] as number
      return at
    }
    const start = at
    const before = this.inserted
    for (const field of block.fields) at = this.field(target, at, field)
    if (this.inserted === before) {
      this.remember(block, Uint8Array.prototype.slice.call(target, start, at))
    }
    return at
  }

  /** The connection is idle: drops what the next block makes again. The dynamic table stays, since the peer has it too. */
  rest(): void {
    this.blocks = undefined
  }

  private remember(block: HeaderBlock, bytes: Uint8Array): void {
    if (this.blocks === undefined || this.blocks.size >= MAX_REMEMBERED) this.blocks = new Map()
    this.blocks.set(block, { bytes, inserted: this.inserted })
  }

  /**
   * The most bytes that `encodeExtra` takes. Call it before `encode`: an exception between the two would leave the sides of the connection
   * with different tables.
   * @throws TypeError for a name or value that HTTP/2 does not allow
   */
  extraLength(extra: readonly string[]): number {
    let length = 0
    for (let i = 0; i + 1 < extra.length; i += 2) {
      const value = extra[i + 1] as string
      checkValue(extra[i] as string, value)
      length += this.name(extra[i] as string).length + value.length + 5
    }
    return length
  }

  /** Writes fields of one call: name, value, name, value; names in lower case; `extraLength` has accepted them. */
  encodeExtra(target: Uint8Array, at: number, extra: readonly string[]): number {
    for (let i = 0; i + 1 < extra.length; i += 2) {
      const name = this.name(extra[i] as string)
      const value = extra[i + 1] as string
      for (let j = 0; j < name.length; j++) target[at++] = name[j] as number
      at = writeInteger(target, at, value.length, TEXT)
      for (let j = 0; j < value.length; j++) target[at++] = value.charCodeAt(j)
    }
    return at
  }

  private name(name: string): Uint8Array {
    let bytes = literalNames.get(name)
    if (bytes === undefined) {
      bytes = literalName(name)
      if (literalNames.size >= MAX_REMEMBERED) literalNames.clear()
      literalNames.set(name, bytes)
    }
    return bytes
  }

  private field(target: Uint8Array, at: number, field: PreparedField): number {
    if (field.index > 0) return writeInteger(target, at, field.index, INDEXED)
    const entered = this.table?.get(field.key)
    if (entered !== undefined) {
      return writeInteger(target, at, STATIC_LENGTH + 1 + this.inserted - entered, INDEXED)
    }
    let bytes = field.literal
    if (field.lasts && this.size + field.size <= this.limit) {
      bytes = field.indexing
      this.size += field.size
      this.table ??= new Map()
      this.table.set(field.key, ++this.inserted)
    }
    for (let i = 0; i < bytes.length; i++) target[at + i] = bytes[i] as number
    return at + bytes.length
  }

  private announceSize(target: Uint8Array, at: number): number {
    this.announce = false
    at = writeInteger(target, at, 0, SIZE_UPDATE)
    return this.limit > 0 ? writeInteger(target, at, this.limit, SIZE_UPDATE) : at
  }
}
