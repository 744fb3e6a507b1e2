import { ErrorCode, Http2Error } from './error.js'
import { CODE_LENGTHS } from './huffman-table.js'

/**
 * Huffman coding of HPACK strings (RFC 7541, section 5.2). The decoder is a state machine that takes four bits a step:
 * a state is a node of the code's tree, and one table entry holds the next state, the symbol that was completed and
 * whether the input may end there. The tables are built when first used.
 */
const EOS = 256
const SYMBOL = 0x100
const ACCEPTS = 0x200
const FAILS = 0x400

interface Tables {
  /** 16 entries a state: `next << 16 | flags | symbol`. */
  readonly steps: Int32Array
  readonly codes: Uint32Array
}
let tables: Tables | undefined

/** Bytes that `text` (characters 0 to 255) takes when encoded. */
export function huffmanLength(text: string): number {
  let bits = 0
  for (let i = 0; i < text.length; i++) bits += CODE_LENGTHS[text.charCodeAt(i)] as number
  return (bits + 7) >>> 3
}

/** Encodes `text` (characters 0 to 255) at `at`. @returns the offset after it */
export function huffmanEncode(text: string, target: Uint8Array, at: number): number {
  tables ??= build()
  const { codes } = tables
  let held = 0
  let bits = 0
  for (let i = 0; i < text.length; i++) {
    const symbol = text.charCodeAt(i)
    let left = CODE_LENGTHS[symbol] as number
    const code = codes[symbol] as number
    while (left > 0) {
      const take = Math.min(8 - bits, left)
      held = (held << take) | ((code >>> (left - take)) & ((1 << take) - 1))
      bits += take
      left -= take
      if (bits === 8) {
        target[at++] = held
        held = 0
        bits = 0
      }
    }
  }
  if (bits > 0) target[at++] = (held << (8 - bits)) | ((1 << (8 - bits)) - 1)
  return at
}

/**
 * Decodes `source[start, end)` into `target` and returns how many bytes it wrote. `target` must hold 8/5 of the input.
 * @throws Http2Error compression_error for EOS, for padding of more than seven bits or of other bits than EOS begins with
 */
export function huffmanDecode(source: Uint8Array, start: number, end: number, target: Uint8Array): number {
  tables ??= build()
  const { steps } = tables
  let written = 0
  let step = ACCEPTS
  for (let i = start; i < end; i++) {
    const byte = source[i] as number
    step = steps[((step >> 16) << 4) | (byte >> 4)] as number
    if (step & SYMBOL) target[written++] = step
    if (step & FAILS) break
    step = steps[((step >> 16) << 4) | (byte & 15)] as number
    if (step & SYMBOL) target[written++] = step
    if (step & FAILS) break
  }
  if ((step & (ACCEPTS | FAILS)) !== ACCEPTS) {
    throw new Http2Error(ErrorCode.compression_error, 'HPACK: a Huffman string is not well formed')
  }
  return written
}

function build(): Tables {
  const codes = new Uint32Array(257)
  // children[2 * node + bit]: the node below, or ~symbol for a leaf.
  const children: number[] = [0, 0]
  const order = CODE_LENGTHS.map((_, symbol) => symbol).sort(
    (a, b) => (CODE_LENGTHS[a] as number) - (CODE_LENGTHS[b] as number) || a - b,
  )
  let code = 0
  let length = 0
  for (const symbol of order) {
    const bits = CODE_LENGTHS[symbol] as number
    code <<= bits - length
    length = bits
    codes[symbol] = code
    addLeaf(children, { code, bits, symbol })
    code++
  }
  return { steps: buildSteps(children), codes }
}

function addLeaf(children: number[], leaf: { code: number; bits: number; symbol: number }): void {
  let node = 0
  for (let bit = leaf.bits - 1; bit > 0; bit--) {
    const slot = 2 * node + ((leaf.code >>> bit) & 1)
    if (children[slot] === 0) {
      children[slot] = children.length / 2
      children.push(0, 0)
    }
    node = children[slot] as number
  }
  children[2 * node + (leaf.code & 1)] = ~leaf.symbol
}

function buildSteps(children: readonly number[]): Int32Array {
  const states = children.length / 2
  const steps = new Int32Array(states * 16)
  const accepting = paddingNodes(children)
  for (let state = 0; state < states; state++) {
    for (let nibble = 0; nibble < 16; nibble++) {
      let node = state
      let flags = 0
      for (let bit = 3; bit >= 0; bit--) {
        const below = children[2 * node + ((nibble >> bit) & 1)] as number
        node = Math.max(below, 0)
        if (below < 0) flags |= ~below === EOS ? FAILS : SYMBOL | ~below
      }
      if (accepting.has(node)) flags |= ACCEPTS
      steps[state * 16 + nibble] = (node << 16) | flags
    }
  }
  return steps
}

/** The nodes at which input may end: the root and up to seven one-bits below it, the beginning of EOS. */
function paddingNodes(children: readonly number[]): Set<number> {
  const nodes = new Set([0])
  let node = 0
  for (let i = 0; i < 7; i++) {
    node = children[2 * node + 1] as number
    nodes.add(node)
  }
  return nodes
}
