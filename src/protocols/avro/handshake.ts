import type { AvroReader } from '../../codecs/avro/reader.js'
import type { AvroWriter } from '../../codecs/avro/writer.js'
import { Fault } from '../../codecs/values/fault.js'

/**
 * Begins a connection, and each request over HTTP. Both sides name their protocol by its MD5, and send the text only to a peer that does
 * not know it. A hash is latin-1 text of 16 characters. Source: Avro specification, "Handshake".
 */
export interface HandshakeRequest {
  readonly clientHash: string
  readonly clientProtocol: string | undefined
  /** The hash that the client assumes for the server's protocol. */
  readonly serverHash: string
}

/**
 * `BOTH`: each side knows the other's protocol. `CLIENT`: the server knows the client's, and sends its own. `NONE`: the client must send
 * its own.
 */
export type HandshakeMatch = 'BOTH' | 'CLIENT' | 'NONE'

export interface HandshakeResponse {
  readonly match: HandshakeMatch
  readonly serverProtocol: string | undefined
  readonly serverHash: string | undefined
}

const matches: readonly HandshakeMatch[] = ['BOTH', 'CLIENT', 'NONE']
const hashSize = 16

export function writeHandshakeRequest(out: AvroWriter, request: HandshakeRequest): void {
  writeHash(out, request.clientHash)
  writeOptional(out, request.clientProtocol, writeText)
  writeHash(out, request.serverHash)
  out.int(0)
}

/** @throws Fault */
export function readHandshakeRequest(from: AvroReader): HandshakeRequest {
  const clientHash = readHash(from)
  const clientProtocol = readOptional(from, readText)
  const serverHash = readHash(from)
  readOptional(from, skipMetadata)
  return { clientHash, clientProtocol, serverHash }
}

export function writeHandshakeResponse(out: AvroWriter, response: HandshakeResponse): void {
  out.int(matches.indexOf(response.match))
  writeOptional(out, response.serverProtocol, writeText)
  writeOptional(out, response.serverHash, writeHash)
  out.int(0)
}

/** @throws Fault */
export function readHandshakeResponse(from: AvroReader): HandshakeResponse {
  const match = matches[from.int()]
  if (match === undefined) throw new Fault('a handshake with a match that does not exist')
  const serverProtocol = readOptional(from, readText)
  const serverHash = readOptional(from, readHash)
  readOptional(from, skipMetadata)
  return { match, serverProtocol, serverHash }
}

function writeHash(out: AvroWriter, hash: string): void {
  out.raw(Buffer.from(hash, 'latin1'))
}

function readHash(from: AvroReader): string {
  return Buffer.from(from.raw(hashSize)).toString('latin1')
}

function writeText(out: AvroWriter, text: string): void {
  out.string(text)
}

function readText(from: AvroReader): string {
  return from.string()
}

function skipMetadata(from: AvroReader): true {
  for (let count = from.block(); count > 0; count = from.block()) {
    for (; count > 0; count--) {
      from.skip(from.size())
      from.skip(from.size())
    }
  }
  return true
}

function writeOptional<T>(out: AvroWriter, value: T | undefined, write: (out: AvroWriter, value: T) => void): void {
  out.int(value === undefined ? 0 : 1)
  if (value !== undefined) write(out, value)
}

function readOptional<T>(from: AvroReader, read: (from: AvroReader) => T): T | undefined {
  const index = from.int()
  if (index === 0) return undefined
  if (index !== 1) throw new Fault('a handshake with a branch that does not exist')
  return read(from)
}

/** Bytes of the shortest handshake request: two hashes and two branches. */
export const shortestHandshake = 2 * hashSize + 2

/**
 * Whether bytes can begin a handshake request. The two hashes can be any bytes, but the branches between them cannot.
 * @returns undefined if it needs more bytes
 */
export function isHandshake(bytes: Uint8Array, at: number): boolean | undefined {
  const branch = bytes[at + hashSize]
  if (branch === undefined) return undefined
  if (branch !== 0) return branch === 2
  const metadata = bytes[at + 2 * hashSize + 1]
  return metadata === undefined ? undefined : metadata === 0 || metadata === 2
}
