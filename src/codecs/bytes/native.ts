/**
 * What Node does with bytes in native code, as functions of which a page has its own, slower ones: it has no Buffer.
 *
 * A function with `this` is a method of Buffer. Node's work on any Uint8Array, except `utf8Write`, which needs bytes of `allocate`.
 */
import { nodeModule } from '../../core/platform.js'

const node = /* @__PURE__ */ nodeModule('node:buffer')
const methods = node?.Buffer.prototype

const encoder = /* @__PURE__ */ new TextEncoder()
const decoder = /* @__PURE__ */ new TextDecoder('utf-8', { ignoreBOM: true })
const strict = /* @__PURE__ */ new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })

/** Memory that is not cleared: write all of it before it is handed out. */
export const allocate: (size: number) => Uint8Array = node?.Buffer.allocUnsafeSlow ?? (size => new Uint8Array(size))

type Slice = (this: Uint8Array, start: number, end: number) => string

/** Decodes UTF-8, with U+FFFD for anything else. */
export const utf8Slice: Slice =
  methods?.utf8Slice ??
  function (start, end) {
    return decoder.decode(this.subarray(start, end))
  }

/** Decodes ASCII. Of at most 1024 bytes any other byte becomes one character too. */
export const asciiSlice: Slice =
  methods?.latin1Slice ??
  function (start, end) {
    const bytes = this.subarray(start, end)
    return bytes.length > 1024 ? decoder.decode(bytes) : String.fromCharCode(...bytes)
  }

export const isUtf8: (bytes: Uint8Array) => boolean =
  node?.isUtf8 ??
  (bytes => {
    try {
      strict.decode(bytes)
      return true
    } catch {
      return false
    }
  })

/** The length of a text in UTF-8. */
export const utf8Size: (text: string) => number = node?.Buffer.byteLength ?? (text => encoder.encode(text).length)

/** Writes a text as UTF-8. @param length of the text in UTF-8 @returns it */
export const utf8Write: (this: Uint8Array, text: string, at: number, length: number) => number =
  (methods?.write as typeof utf8Write | undefined) ??
  function (text, at) {
    return encoder.encodeInto(text, this.subarray(at)).written
  }

/** Base64 in the standard alphabet, with padding. */
export const base64Slice: Slice =
  methods?.base64Slice ??
  function (start, end) {
    let text = ''
    for (let at = start; at < end; at += 1023) text += btoa(asciiSlice.call(this, at, Math.min(end, at + 1023)))
    return text
  }

/** Reads base64 in either alphabet, with or without padding, to the end of the array. */
export const base64Write: (this: Uint8Array, text: string, at: number, length: number) => number =
  methods?.base64Write ??
  function (text, at, length) {
    const plain = text.replace(/-/g, '+').replace(/_/g, '/').replace(/=+$/, '')
    const bytes = atob(plain)
    for (let index = 0; index < length && index < bytes.length; index++) this[at + index] = bytes.charCodeAt(index)
    return length
  }

/** Keeps memory that many arrays share from being moved to another thread with one of them. */
export const keepHere: (memory: ArrayBuffer) => void =
  nodeModule('node:worker_threads')?.markAsUntransferable ?? (() => {})
