import type { AvroReader } from '../../codecs/avro/reader.js'
import type { AvroWriter } from '../../codecs/avro/writer.js'
import { Code, codeName, codeOf } from '../../core/code.js'
import type { ErrorDetail } from '../../core/error-detail.js'
import type { HeaderFields, HeaderValue } from '../../core/headers.js'
import { headersTooLarge } from '../failures.js'

/**
 * A call's metadata, a map of bytes before each request and reply ("Call Format" in the specification). A header is an entry under its
 * name, a trailer under `trailer-` and its name. A repeated header is several entries; other peers see the last. These names carry what
 * Avro has no place for:
 */
const names = {
  /** Milliseconds that are left for the call, in decimal digits. */
  timeout: 'timeout-ms',
  previousAttempts: 'grpc-previous-rpc-attempts',
  /** The name of an error's code. */
  code: 'error-code',
  /** The message of a declared error, which is sent as a record; UTF-8. */
  message: 'error-message',
  /** The details of an error: type, value, type, value ... as Avro strings and bytes. */
  details: 'error-details-bin',
} as const

const trailerPrefix = 'trailer-'
const nameForm = /^[0-9a-z_.-]+$/
const valueForm = /^[\x20-\x7e]*$/
const maxDetails = 100

/** Metadata as it arrived. */
export class Metadata {
  /** Milliseconds. */
  timeout: number | undefined
  previousAttempts = 0
  code: Code | undefined
  message: string | undefined
  details: ErrorDetail[] | undefined
  /** As for `Headers.adopt`. Entries that are not valid headers are left out. */
  headers: HeaderValue[] | undefined
  trailers: HeaderValue[] | undefined

  /**
   * @param limit bytes of all entries together
   * @throws Fault, or RpcError `resource_exhausted` over the limit
   */
  constructor(from: AvroReader, limit: number) {
    const start = from.position
    for (let count = from.block(); count > 0; count = from.block()) {
      for (; count > 0; count--) {
        this.entry(from)
        if (from.position - start > limit) throw headersTooLarge(undefined, limit)
      }
    }
  }

  private entry(from: AvroReader): void {
    const name = from.string()
    switch (name) {
      case names.timeout: {
        const timeout = Number(from.latin1())
        if (timeout >= 0) this.timeout = timeout
        return
      }
      case names.previousAttempts: {
        const attempts = Number(from.latin1())
        if (Number.isSafeInteger(attempts) && attempts >= 0) this.previousAttempts = attempts
        return
      }
      case names.code:
        this.code = errorCode(from.latin1())
        return
      case names.message:
        this.message = from.string()
        return
      case names.details:
        this.details = readDetails(from)
        return
      default:
        this.header(name.toLowerCase(), from)
    }
  }

  private header(name: string, from: AvroReader): void {
    const value = name.endsWith('-bin') ? from.blob() : from.latin1()
    if (!nameForm.test(name) || (typeof value === 'string' && !valueForm.test(value))) return
    if (name.startsWith(trailerPrefix)) {
      this.trailers ??= []
      this.trailers.push(name.slice(trailerPrefix.length), value)
    } else {
      this.headers ??= []
      this.headers.push(name, value)
    }
  }
}

function errorCode(name: string): Code | undefined {
  const code = codeOf(name)
  return code === Code.ok ? undefined : code
}

function readDetails(from: AvroReader): ErrorDetail[] {
  const end = from.size() + from.position
  const details: ErrorDetail[] = []
  while (from.position < end && details.length < maxDetails) details.push({ type: from.string(), value: from.blob() })
  from.position = end
  return details
}

/** Begins an entry. Each is its own block, because their number is not known in advance. */
function entry(out: AvroWriter, name: string): void {
  out.int(1)
  out.string(name)
}

export function endMetadata(out: AvroWriter): void {
  out.int(0)
}

/** @param timeout whole milliseconds */
export function writeTimeout(out: AvroWriter, timeout: number): void {
  entry(out, names.timeout)
  out.string(String(timeout))
}

export function writePreviousAttempts(out: AvroWriter, attempts: number): void {
  entry(out, names.previousAttempts)
  out.string(String(attempts))
}

export function writeHeaders(out: AvroWriter, headers: HeaderFields): void {
  for (const [name, value] of headers) writeHeader(out, name, value)
}

/** Headers and trailers of a reply as they are sent: name, value, name, value ... */
export function replyMetadata(headers: HeaderFields | undefined, trailers: HeaderFields | undefined): HeaderValue[] {
  const list: HeaderValue[] = []
  for (const [name, value] of headers ?? []) list.push(name, value)
  for (const [name, value] of trailers ?? []) list.push(trailerPrefix + name, value)
  return list
}

/** @param list name, value, name, value ... */
export function writeList(out: AvroWriter, list: readonly HeaderValue[]): void {
  for (let at = 0; at < list.length; at += 2) writeHeader(out, list[at] as string, list[at + 1] as HeaderValue)
}

function writeHeader(out: AvroWriter, name: string, value: HeaderValue): void {
  entry(out, name)
  if (typeof value === 'string') out.string(value)
  else out.blob(value)
}

interface ErrorEntries {
  readonly code: Code
  /** Empty if it is in the reply itself. */
  readonly message: string
  readonly details: readonly ErrorDetail[]
}

export function writeErrorEntries(out: AvroWriter, { code, message, details }: ErrorEntries): void {
  entry(out, names.code)
  out.string(codeName(code) ?? 'unknown')
  if (message !== '') {
    entry(out, names.message)
    out.string(message.toWellFormed())
  }
  if (details.length > 0) writeDetails(out, details)
}

/** Bytes of details in metadata, without the name. */
export function detailsSize(details: readonly ErrorDetail[]): number {
  return details.reduce((sum, { type, value }) => sum + sized(Buffer.byteLength(type)) + sized(value.length), 0)
}

function writeDetails(out: AvroWriter, details: readonly ErrorDetail[]): void {
  entry(out, names.details)
  out.int(detailsSize(details))
  for (const { type, value } of details) {
    out.string(type.toWellFormed())
    out.blob(value)
  }
}

/** Bytes of a length and of the bytes after it. */
function sized(length: number): number {
  let bytes = 1
  for (let rest = length * 2; rest > 127; rest = Math.floor(rest / 128)) bytes++
  return bytes + length
}
