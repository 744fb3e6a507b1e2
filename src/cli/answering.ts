import type { TargetObject } from '../client/target.js'
import { printable } from '../idl/printable.js'
import { contentType as avroContentType } from '../protocols/avro/http-message.js'
import { grpcQuestion, http2Question } from './http2-question.js'
import { avroHttpQuestion, avroQuestion, firstYes, framedAvroQuestion, type Question } from './probe.js'
import { httpVersionOf } from './target.js'
import { thriftHttpQuestion, thriftQuestions } from './thrift-questions.js'

/** A wire, as it is said and as a target has it. */
export interface Spoken {
  readonly name: string
  readonly scheme: string
  /** With its question mark; empty if the scheme says it all. */
  readonly query: string
}

export interface Asked {
  readonly address: string
  readonly wire: string
  readonly target: TargetObject
  /** Whether the call goes on, so that no request must reach the server's handlers. Default: no. */
  readonly isWaiting?: boolean
}

/** What a server turned out to speak, or its first words if that is not a wire. */
export type Answering = { readonly spoken: Spoken } | { readonly words: string }

/**
 * Asks a server that did not answer a call what it speaks: by the wire of the target, then by every wire at once.
 * @param patience milliseconds that it has for an answer
 * @returns undefined if it does speak the wire of the target, or says nothing
 */
export async function answeringInstead(asked: Asked, patience: number): Promise<Answering | undefined> {
  const words = new Words()
  const [own, others] = partition(all(words, asked), ({ spoken }) => isOwn(asked, spoken))
  const questions = (some: readonly Candidate[]) => some.map(({ question }) => question)
  try {
    // One that is only slow gets no bytes of other wires.
    if ((await firstYes(asked.address, questions(own), patience / 2)) >= 0) return undefined
    // A server of several wires may answer another one first.
    const [yes, at] = await Promise.all([
      firstYes(asked.address, questions(own), patience),
      firstYes(asked.address, questions(others), patience),
    ])
    const spoken = others[at]?.spoken
    if (yes >= 0 || (spoken !== undefined && isAnotherManner(asked, spoken))) return undefined
    return spoken === undefined ? words.answer : { spoken }
  } catch {
    // It is gone.
    return undefined
  }
}

/** By the status or the content type of an answer in place of a reply. */
export function spokenIn(
  message: string,
  { wire, isSecure }: Pick<Asked, 'wire'> & { readonly isSecure: boolean },
): Spoken | undefined {
  // Without TLS the server is asked, and may have HTTP/1.1 alone.
  if (isSecure && wire === 'grpc' && message.includes('HTTP status 415')) return anyHttp
  if (message.includes(`content type ${avroContentType}`)) return avroOverHttp
  return message.includes('content type application/x-thrift') ? thriftOverHttp : undefined
}

/** Whether the question is answered by one of these. */
function among<T>(question: Question<T>, ...answers: readonly T[]): Question<boolean> {
  const isOne = (answer: T | undefined) => (answer === undefined ? undefined : answers.includes(answer))
  return {
    bytes: question.bytes,
    read: head => isOne(question.read(head)),
    readAtEnd: head => isOne(question.readAtEnd?.(head)),
  }
}

const http1Question: Question<boolean> = {
  bytes: Buffer.from('HEAD / HTTP/1.1\r\nhost: polywire\r\nconnection: close\r\n\r\n'),
  read: head => (head.length < 7 ? undefined : head.toString('latin1', 0, 7) === 'HTTP/1.'),
}

interface Candidate {
  readonly spoken: Spoken
  readonly question: Question<boolean>
}

const grpc: Spoken = { name: 'HTTP/2', scheme: 'grpc', query: '' }
const http2: Spoken = { name: 'HTTP/2', scheme: 'http2', query: '' }
const http: Spoken = { name: 'HTTP/1.1', scheme: 'http', query: '' }
const anyHttp: Spoken = { name: 'HTTP', scheme: 'http', query: '' }
const avroOverHttp: Spoken = { name: 'Avro over HTTP', scheme: 'avro', query: '?transport=http' }
const thriftOverHttp: Spoken = { name: 'Thrift over HTTP', scheme: 'thrift', query: '?transport=http' }

/** In the order of preference: a server of Avro over HTTP speaks HTTP, too. */
function all(words: Words, { wire, isWaiting = false }: Asked): Candidate[] {
  const heard = (question: Question<boolean>): Question<boolean> => ({
    ...question,
    read(head) {
      words.heard(head)
      return question.read(head)
    },
  })
  // A server of HTTP/1.1 alone refuses the preface of HTTP/2, and one of both answers it.
  const [isGrpc, isHttp1] = isWaiting
    ? [among(http2Question, 'http2'), among(http2Question, 'http', 'http2')]
    : [among(grpcQuestion, 'grpc'), http1Question]
  const hasHttp1 = { spoken: http, question: heard(isHttp1) }
  const hasHttp2 = { spoken: http2, question: heard(among(grpcQuestion, 'http2')) }
  return [
    { spoken: grpc, question: heard(isGrpc) },
    { spoken: avroOverHttp, question: avroHttpQuestion },
    { spoken: thriftOverHttp, question: thriftHttpQuestion },
    // Whoever calls by gRPC is told what is nearest.
    ...(isWaiting ? [hasHttp1] : wire === 'grpc' ? [hasHttp2, hasHttp1] : [hasHttp1, hasHttp2]),
    { spoken: { name: 'Avro', scheme: 'avro', query: '' }, question: avroQuestion },
    { spoken: { name: 'Avro', scheme: 'avro', query: '?transport=framed' }, question: framedAvroQuestion },
    ...thriftQuestions.map(({ query, question }) => ({
      spoken: { name: 'Thrift', scheme: 'thrift', query },
      question,
    })),
  ]
}

/** Whether the target means this. */
function isOwn({ wire, target }: Asked, { scheme, query }: Spoken): boolean {
  const { options = {}, codec = '' } = target
  if (wire === 'grpc' || wire === 'http') {
    if (wire === 'http' && httpVersionOf(target) === '2') return scheme === 'http2' || scheme === 'grpc'
    return query === '' && scheme === wire
  }
  if (scheme !== wire) return false
  const wanted = new URLSearchParams(query)
  const standard = { transport: wire === 'avro' ? 'netty' : 'framed', codec: 'binary' }
  return (
    (wanted.get('transport') ?? standard.transport) === (options.transport ?? standard.transport) &&
    (wanted.get('codec') ?? standard.codec) === (String(codec) || options.codec || standard.codec)
  )
}

/** Whether only a manner of the wire differs that no question is asked in, such as THeader. */
function isAnotherManner({ wire, target: { options = {}, codec } }: Asked, { scheme }: Spoken): boolean {
  const { transport = 'framed' } = options
  const isAsked = ['framed', 'buffered', 'http', 'netty'].includes(transport)
  return scheme === wire && !(isAsked && codec !== 'json' && options.codec !== 'json')
}

/** The first line of what a server says that speaks no wire. */
class Words {
  private head = ''

  heard(head: Buffer): void {
    this.head = head.toString('latin1', 0, 60)
  }

  get answer(): Answering | undefined {
    const [line = ''] = this.head.split(/[\r\n]/, 1)
    return /^[\x20-\x7e]{4,}$/.test(line) ? { words: printable(line) } : undefined
  }
}

function partition<T>(list: readonly T[], belongs: (one: T) => boolean): [T[], T[]] {
  return [list.filter(belongs), list.filter(one => !belongs(one))]
}
