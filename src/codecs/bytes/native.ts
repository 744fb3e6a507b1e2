/**
 * What Node does with bytes in native code, as functions of which a page has its own, slower ones: it has no Buffer.
 *
 * A function with `this` is a method of Buffer. Node's work on any Uint8Array, except `utf8Write`, which needs bytes of `allocate`.
 */
import { nodeModule } from '../../core/platform.js'

/** One call for each function, so that a bundler can leave out those that are not used. */
function ofNode<F>(pick: (node: typeof import('node:buffer')) => F | undefined, inPage: F): F {
  const node = nodeModule('node:buffer')
  return (node && pick(node)) ?? inPage
}

const encoder = /* @__PURE__ */ new TextEncoder()
const decoder = /* @__PURE__ */ new TextDecoder('utf-8', { ignoreBOM: true })
const strict = /* @__PURE__ */ new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })

/** Memory that is not cleared: write all of it before it is handed out. */
export const allocate: (size: number) => Uint8Array = /* @__PURE__ */ ofNode<(size: number) => Uint8Array>(
  ({ Buffer }) => Buffer.allocUnsafeSlow,
  size => new Uint8Array(size),
)

type Slice = (this: Uint8Array, start: number, end: number) => string
type Write = (this: Uint8Array, text: string, at: number, length: number) => number

/** Decodes UTF-8, with U+FFFD for anything else. */
export const utf8Slice: Slice = /* @__PURE__ */ ofNode<Slice>(
  ({ Buffer }) => Buffer.prototype.utf8Slice,
  function (start, end) {
    return decoder.decode(this.subarray(start, end))
  },
)

/** Decodes ASCII. Of at most 1024 bytes any other byte becomes one character too. */
export const asciiSlice: Slice = /* @__PURE__ */ ofNode<Slice>(
  ({ Buffer }) => Buffer.prototype.latin1Slice,
  function (start, end) {
    const bytes = this.subarray(start, end)
    return bytes.length > 1024 ? decoder.decode(bytes) : String.fromCharCode(...bytes)
  },
)

export const isUtf8: (bytes: Uint8Array) => boolean = /* @__PURE__ */ ofNode<(bytes: Uint8Array) => boolean>(
  node => node.isUtf8,
  bytes => {
    try {
      strict.decode(bytes)
      return true
    } catch {
      return false
    }
  },
)

/** The length of a text in UTF-8. */
export const utf8Size: (text: string) => number = /* @__PURE__ */ ofNode<(text: string) => number>(
  ({ Buffer }) => Buffer.byteLength,
  text => encoder.encode(text).length,
)

/** Writes a text as UTF-8. @param length of the text in UTF-8 @returns it */
export const utf8Write: Write = /* @__PURE__ */ ofNode<Write>(
  ({ Buffer }) => Buffer.prototype.write as Write,
  function (text, at) {
    return encoder.encodeInto(text, this.subarray(at)).written
  },
)

/** Base64 in the standard alphabet, with padding. */
export const base64Slice: Slice = /* @__PURE__ */ ofNode<Slice>(
  ({ Buffer }) => Buffer.prototype.base64Slice,
  function (start, end) {
    let text = ''
    for (let at = start; at < end; at += 1023) text += btoa(asciiSlice.call(this, at, Math.min(end, at + 1023)))
    return text
  },
)

/** Reads base64 in either alphabet, with or without padding, to the end of the array. */
export const base64Write: Write = /* @__PURE__ */ ofNode<Write>(
  ({ Buffer }) => Buffer.prototype.base64Write,
  function (text, at, length) {
    const plain = text.replace(/-/g, '+').replace(/_/g, '/').replace(/=+$/, '')
    const bytes = atob(plain)
    for (let index = 0; index < length && index < bytes.length; index++) this[at + index] = bytes.charCodeAt(index)
    return length
  },
)

/** Keeps memory that many arrays share from being moved to another thread with one of them. */
export const keepHere: (memory: ArrayBuffer) => void = /* @__PURE__ */ (() =>
  nodeModule('node:worker_threads')?.markAsUntransferable ?? (() => {}))()
