import { systemClock } from '../../core/timer-wheel.js'
import { openSocket, type SocketTarget } from '../../protocols/open-socket.js'
import { grpcQuestion } from '../http2-question.js'
import { answered, avroQuestion, type Question, uint32 } from '../probe.js'
import type { Place } from '../target.js'

const http1Question: Question<boolean> = {
  bytes: Buffer.from('OPTIONS * HTTP/1.1\r\nhost: polywire\r\nconnection: close\r\n\r\n'),
  read: head => (head.length < 5 ? undefined : head.toString('latin1', 0, 5) === 'HTTP/'),
}

const strictMessage = 0x8001

/** A call of a method that no service has, in Thrift's binary protocol. */
const thriftQuestion: Question<boolean> = {
  bytes: thriftCall('polywire:doctor'),
  read: head => (head.length < 8 ? undefined : head.readUInt16BE(4) === strictMessage),
}

function thriftCall(name: string): Buffer {
  // Version and type, name, serial, and the end of no arguments.
  const parts = [uint32(0x80010001), uint32(name.length), Buffer.from(name), uint32(1), Buffer.alloc(1)]
  const message = Buffer.concat(parts)
  return Buffer.concat([uint32(message.length), message])
}

/** How each wire is asked for, in the order in which they are shown. */
const questions: readonly (readonly [string, Question<unknown>, SocketTarget['alpn']?])[] = [
  ['grpc', grpcQuestion, 'h2'],
  ['http', http1Question, 'http/1.1'],
  ['thrift', thriftQuestion],
  ['avro', avroQuestion],
]

/** The wires that answer at a target, each asked on a connection of its own. @param patience milliseconds */
export async function wiresAt({ address, isSecure, target }: Place, patience: number): Promise<string[]> {
  const settings = { tls: isSecure ? (target.tls ?? {}) : undefined, clock: systemClock, connectTimeout: patience }
  const spoken = async ([wire, question, alpn]: (typeof questions)[number]) => {
    try {
      const socket = await openSocket({ address, defaultPort: isSecure ? 443 : 80, settings, ...(alpn && { alpn }) })
      const answer = await answered(socket, question, patience)
      // A server may have HTTP over HTTP/2 alone.
      return answer === 'http2' ? 'http' : answer === true || answer === wire ? wire : undefined
    } catch {
      return undefined
    }
  }
  const found = new Set(await Promise.all(questions.map(spoken)))
  return questions.flatMap(([wire]) => (found.has(wire) ? [wire] : []))
}
