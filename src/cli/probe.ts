import { setMaxListeners } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Duration, toMilliseconds } from '../core/duration.js'
import { contentType as avroContentType } from '../protocols/avro/http-message.js'
import { placeOf } from '../protocols/open-socket.js'
import type { Typed } from './command.js'
import { OutOfReach, outOfReach } from './out-of-reach.js'

/** How a wire is recognised. */
export interface Question<T> {
  /** The first bytes of a client. */
  readonly bytes: Uint8Array
  /** What the first bytes of the answer say; undefined if it needs more. */
  read(head: Buffer): T | undefined
  /** What they say if no more arrive in time. Default: nothing. */
  readAtEnd?(head: Buffer): T | undefined
}

/** A handshake of Avro with unknown hashes, and a call of nothing. */
const handshake = Buffer.alloc(36)

/** The handshake in the framing of Java's transceiver: one buffer with the serial 1. */
export const avroQuestion: Question<boolean> = {
  bytes: Buffer.concat([uint32(1), uint32(1), uint32(handshake.length), handshake]),
  read(head) {
    if (head.length < 13) return undefined
    return head.readUInt32BE(0) === 1 && isMatch(head[12])
  },
}

/** The handshake in the framing of the specification. Its answer has no mark of its own, so only a server that a contract calls Avro is asked. */
export const framedAvroQuestion: Question<boolean> = {
  bytes: Buffer.concat([uint32(handshake.length), handshake, uint32(0)]),
  read(head) {
    if (head.length < 5) return undefined
    return head.readUInt32BE(0) < largestBuffer && isMatch(head[4])
  },
}

const largestBuffer = 2 ** 24

/**
 * The handshake as a request of HTTP/1.1 for `/`. A server of Avro over a socket could take its first bytes for the length of a buffer, so
 * only one that has not answered the other questions is asked.
 */
export const avroHttpQuestion: Question<boolean> = {
  bytes: Buffer.concat([
    Buffer.from(
      `POST / HTTP/1.1\r\nhost: polywire\r\ncontent-type: ${avroContentType}\r\n` +
        `content-length: ${framedAvroQuestion.bytes.length}\r\nconnection: close\r\n\r\n`,
    ),
    framedAvroQuestion.bytes,
  ]),
  read(head) {
    const text = head.toString('latin1')
    if (!text.startsWith('HTTP/1.'.slice(0, text.length))) return false
    const end = text.indexOf('\r\n\r\n')
    return end < 0 ? undefined : /^content-type: *avro\/binary\b/im.test(text.slice(0, end))
  },
}

/** CLIENT or NONE. BOTH, which is 0, would mean that the server has a hash of zeros; in another framing it is a part of a length. */
function isMatch(byte: number | undefined): boolean {
  return byte === 2 || byte === 4
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** The milliseconds that a server has for its first answer. */
export function patienceOf(typed: Typed): number {
  return toMilliseconds((typed.valueOf('connect-timeout') ?? '5s') as Duration, '--connect-timeout')
}

/** Asks over a connected socket, and closes it. @returns undefined if no answer arrives */
export function answered<T>(socket: Socket, question: Question<T>, patience: number): Promise<T | undefined> {
  return new Promise(resolve => {
    let head: Buffer = Buffer.alloc(0)
    const decide = (answer: T | undefined) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answer)
    }
    const end = () => decide(question.readAtEnd?.(head))
    // Not the socket's own: a server may say something again and again that is no answer, such as a PING.
    const timer = setTimeout(end, patience)
    socket.on('data', chunk => {
      head = Buffer.concat([head, chunk])
      const answer = question.read(head)
      if (answer !== undefined) decide(answer)
    })
    socket.once('error', end)
    socket.once('close', end)
    socket.write(question.bytes)
  })
}

/** Asks an address. @throws RpcError `unavailable` if nothing listens there */
export async function ask<T>(address: string, question: Question<T>, patience: number): Promise<T | undefined> {
  return answered(await connected(address, patience), question, patience)
}

/**
 * Asks several questions at once, each over its own connection.
 * @returns the index of the first question that the server answers with yes; -1 if it answers none. A later question's yes waits a
 * twentieth of `patience` for the earlier ones, because a server may answer several
 * @throws RpcError `unavailable` if nothing listens there
 */
export async function firstYes(
  address: string,
  questions: readonly Question<boolean>[],
  patience: number,
): Promise<number> {
  const over = new AbortController()
  const { signal } = over
  // Two for each question.
  setMaxListeners(0, signal)
  const yes: readonly Promise<number>[] = questions.map(async (question, index) => {
    if (!(await answered(await connected(address, patience, signal), question, patience))) throw new Error('no')
    await Promise.race([Promise.allSettled(yes.slice(0, index)), sleep(patience / 20, undefined, { signal })])
    return index
  })
  try {
    return await Promise.any(yes)
  } catch (error) {
    const failed = (error as AggregateError).errors.find(one => one instanceof OutOfReach)
    if (failed !== undefined) throw failed
    return -1
  } finally {
    // Ends what is still asked.
    over.abort()
  }
}

/** Resolves if something listens there. @param signal ends the dial. @throws RpcError `unavailable` if not */
export async function listens(address: string, signal?: AbortSignal): Promise<void> {
  // Without a port, the protocol's own applies.
  if (/^unix:|:\d+$/.test(address)) (await connected(address, 5000, signal)).destroy()
}

/** @param signal destroys the socket, also after it has connected */
function connected(address: string, patience: number, signal?: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...placeOf(address, 0), ...(signal && { signal }) })
    socket.setTimeout(patience, () => socket.destroy(new Error(`no answer within ${patience / 1000} s`)))
    socket.once('connect', () => resolve(socket))
    // It stays, so that a socket which breaks later does not end the process.
    socket.on('error', error => reject(outOfReach(address, error)))
  })
}

/** Dials again and again until something listens. @throws RpcError `unavailable` if nothing does in that time */
export async function listensWithin(address: string, milliseconds: number): Promise<void> {
  const deadline = performance.now() + milliseconds
  for (;;) {
    try {
      return await listens(address)
    } catch (error) {
      if (performance.now() + betweenDials > deadline) throw error
    }
    await sleep(betweenDials)
  }
}

const betweenDials = 100
