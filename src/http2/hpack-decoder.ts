import { ErrorCode, Http2Error } from './error.js'
import { type Field, fieldOf, HeaderList } from './header-list.js'
import { DEFAULT_TABLE_SIZE, STATIC_LENGTH, STATIC_TABLE } from './hpack-static.js'
import { huffmanDecode } from './huffman.js'
import { sharedField } from './shared-fields.js'

/** Bytes. Longer blocks are not cached: they are decoded every time. */
const MAX_CACHED_BLOCK = 512
const CACHE_SLOTS = 64
/** An idle connection keeps its cache, and most clients call few methods. */
const FIRST_CACHE_SLOTS = 4
/** Huffman strings longer than this are decoded in memory that is given back. */
const MAX_KEPT_TEXT = 16_384
/** The state of a cached block without dynamic entries, whose meaning never changes. */
const ANY_STATE = -1

interface CachedBlock {
  readonly bytes: Uint8Array
  readonly state: number
  readonly list: HeaderList
}

const NONE = Buffer.alloc(0)
const NO_CACHE: CachedBlock[] = []
const NO_MISSES: number[] = []
let staticFields: readonly Field[] | undefined

/**
 * HPACK decoder of one connection (RFC 7541). A peer that calls the same method again sends the same few index bytes. A small cache returns
 * the same `HeaderList` for such a block from its third time on, as long as the dynamic table has not changed: `state` counts its changes,
 * and a cached block is valid only in the state in which it was decoded.
 */
export class HpackDecoder {
  private readonly statics = staticTable()
  private cache: (CachedBlock | undefined)[] = NO_CACHE
  /** The hash of the block that last missed each place of the cache. */
  private missed: (number | undefined)[] = NO_MISSES
  /** Newest last; the entries before `oldest` are evicted. */
  private entries: (Field | undefined)[] = []
  private oldest = 0
  private size = 0
  private limit = DEFAULT_TABLE_SIZE
  private state = 0
  private usesDynamic = false
  private at = 0
  private text: Buffer = NONE

  /** @param maxListSize sum of field sizes from which on a list is `tooLarge` */
  constructor(private readonly maxListSize: number) {}

  /**
   * Decodes one whole block.
   * @throws Http2Error compression_error; the connection cannot go on
   */
  decode(block: Uint8Array, start: number, end: number): HeaderList {
    if (end - start > MAX_CACHED_BLOCK) return this.decodeAnew(block, start, end)
    let hash = end - start
    for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + (block[i] as number)) | 0
    hash ^= hash >>> 9
    const cached = this.cache[hash & (this.cache.length - 1)]
    if (cached !== undefined && (cached.state === this.state || cached.state === ANY_STATE)) {
      if (equals(cached.bytes, block, start, end)) return cached.list
    }
    const before = this.state
    const list = this.decodeAnew(block, start, end)
    if (this.state === before && this.comesAgain(hash)) {
      this.remember(hash, {
        bytes: Uint8Array.prototype.slice.call(block, start, end),
        state: this.usesDynamic ? before : ANY_STATE,
        list,
      })
    }
    return list
  }

  /** The connection is idle: drops what the next block makes again. The dynamic table stays, since the peer has it too. */
  rest(): void {
    this.cache = NO_CACHE
    this.missed = NO_MISSES
    this.text = NONE
    if (this.oldest === 0) return
    this.entries = this.entries.slice(this.oldest)
    this.oldest = 0
  }

  /** A block that comes once, such as one with the id of a trace, is not kept: it would outlive its call. */
  private comesAgain(hash: number): boolean {
    const { length } = this.missed
    const before = length === 0 ? undefined : this.missed[hash & (length - 1)]
    if (before === hash) return true
    if (length === 0) this.missed = new Array(FIRST_CACHE_SLOTS)
    else if (before !== undefined && length < CACHE_SLOTS) this.missed = new Array(CACHE_SLOTS)
    this.missed[hash & (this.missed.length - 1)] = hash
    return false
  }

  /** Enlarges the cache if another valid block has the place of this one. The larger cache starts empty. */
  private remember(hash: number, block: CachedBlock): void {
    const { length } = this.cache
    const before = length === 0 ? undefined : this.cache[hash & (length - 1)]
    const isTaken = before !== undefined && (before.state === this.state || before.state === ANY_STATE)
    if (length === 0) this.cache = new Array(FIRST_CACHE_SLOTS)
    else if (isTaken && length < CACHE_SLOTS) this.cache = new Array(CACHE_SLOTS)
    this.cache[hash & (this.cache.length - 1)] = block
  }

  private decodeAnew(block: Uint8Array, start: number, end: number): HeaderList {
    const list = new HeaderList()
    this.usesDynamic = false
    this.at = start
    let updates = 0
    while (this.at < end) {
      const byte = block[this.at] as number
      let field: Field
      if (byte & 0x80) {
        field = this.entry(this.integer(block, end, 0x7f))
      } else if (byte & 0x40) {
        field = sharedField(this.literal(block, end, 0x3f))
        this.insert(field)
      } else if (byte & 0x20) {
        const size = this.integer(block, end, 0x1f)
        if (list.size > 0 || ++updates > 2) throw corrupt('a table size update is not at the beginning of its block')
        this.resize(size)
        continue
      } else {
        field = this.literal(block, end, 0x0f)
      }
      list.size += field.size
      if (list.size <= this.maxListSize) list.add(field)
      else list.tooLarge = true
    }
    return list
  }

  private literal(block: Uint8Array, end: number, mask: number): Field {
    const index = this.integer(block, end, mask)
    const name = index === 0 ? this.string(block, end) : this.entry(index).name
    return fieldOf(name, this.string(block, end))
  }

  private entry(index: number): Field {
    let field: Field | undefined
    if (index <= STATIC_LENGTH) {
      field = this.statics[index - 1]
    } else {
      const slot = this.entries.length - (index - STATIC_LENGTH)
      field = slot >= this.oldest ? this.entries[slot] : undefined
      this.usesDynamic = true
    }
    if (field === undefined) throw corrupt(`there is no entry ${index}`)
    return field
  }

  private insert(field: Field): void {
    this.state++
    this.size += field.size
    this.entries.push(field)
    if (this.size > this.limit) this.evict()
  }

  private resize(limit: number): void {
    if (limit > DEFAULT_TABLE_SIZE) throw corrupt(`a table of ${limit} bytes was not offered`)
    this.state++
    this.limit = limit
    this.evict()
  }

  private evict(): void {
    while (this.size > this.limit) {
      this.size -= (this.entries[this.oldest] as Field).size
      this.entries[this.oldest++] = undefined
    }
    if (this.oldest > 128) {
      this.entries = this.entries.slice(this.oldest)
      this.oldest = 0
    }
  }

  private integer(block: Uint8Array, end: number, mask: number): number {
    let value = (block[this.at++] as number) & mask
    if (value < mask) return value
    for (let shift = 0; shift <= 21; shift += 7) {
      if (this.at >= end) throw corrupt('an integer is cut off')
      const byte = block[this.at++] as number
      value += (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    throw corrupt('an integer is too large')
  }

  private string(block: Uint8Array, end: number): string {
    if (this.at >= end) throw corrupt('a string is missing')
    const huffman = (block[this.at] as number) >= 0x80
    const length = this.integer(block, end, 0x7f)
    const start = this.at
    if (length > end - start) throw corrupt('a string is cut off')
    this.at += length
    if (!huffman) return latin1(block, start, this.at)
    // The shortest code has five bits, and the block has arrived: this allocates at most 8/5 of it.
    if (length > MAX_KEPT_TEXT) return huffmanText(block, start, this.at)
    if (this.text.length < length * 2) this.text = Buffer.allocUnsafeSlow(length * 2)
    return latin1(this.text, 0, huffmanDecode(block, start, this.at, this.text))
  }
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.prototype.latin1Slice.call(bytes, start, end)
}

function huffmanText(block: Uint8Array, start: number, end: number): string {
  const text = Buffer.allocUnsafe((end - start) * 2)
  return latin1(text, 0, huffmanDecode(block, start, end, text))
}

function equals(cached: Uint8Array, block: Uint8Array, start: number, end: number): boolean {
  if (cached.length !== end - start) return false
  for (let i = 0; i < cached.length; i++) if (cached[i] !== block[start + i]) return false
  return true
}

function staticTable(): readonly Field[] {
  if (staticFields !== undefined) return staticFields
  const fields: Field[] = []
  for (let i = 0; i < STATIC_TABLE.length; i += 2) {
    fields.push(fieldOf(STATIC_TABLE[i] as string, STATIC_TABLE[i + 1] as string))
  }
  staticFields = fields
  return fields
}

function corrupt(what: string): Http2Error {
  return new Http2Error(ErrorCode.compression_error, `HPACK: ${what}`)
}
