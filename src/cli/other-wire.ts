import type { TargetObject } from '../client/target.js'
import { type Answering, answeringInstead, spokenIn } from './answering.js'
import { OutOfReach } from './out-of-reach.js'
import { httpVersionOf } from './target.js'

export interface Where {
  readonly address: string
  readonly isSecure: boolean
  readonly url: string
  readonly wire: string
  readonly target: TargetObject
  /** Whether the call goes on while the server is asked. Default: no. */
  readonly isWaiting?: boolean
  /** Whether the server has said something that could be read. Default: no. */
  readonly hasAnswered?: boolean
  /** Milliseconds that a server has to say what it speaks. Default: 2 s. */
  readonly patience?: number | undefined
}

/** @returns undefined if the server speaks the wire that it was called by, or is not recognised */
export async function otherWire(cause: Error, where: Where): Promise<OutOfReach | undefined> {
  const said = spokenIn(cause.message, where)
  const answering = said === undefined ? await answeringOf(where) : { spoken: said }
  if (answering === undefined) return undefined
  const { address, isSecure, url } = where
  const title = titleOf(where)
  if ('words' in answering) {
    const words = JSON.stringify(answering.words)
    return new OutOfReach(`${address} does not speak ${title}; it says ${words}`, undefined, cause)
  }
  const { name, scheme, query } = answering.spoken
  const text =
    scheme === where.wire && scheme !== 'http'
      ? `speaks ${name}, in another manner than the target says`
      : name === 'HTTP/1.1' && title === 'gRPC'
        ? 'speaks HTTP/1.1, and gRPC needs HTTP/2'
        : `speaks ${name}, not ${title}`
  const instead = `${scheme}${isSecure ? 's' : ''}${address.startsWith('unix:') ? '+' : '://'}${address}${query}`
  return new OutOfReach(`${address} ${text}`, { url, instead }, cause)
}

async function answeringOf(where: Where): Promise<Answering | undefined> {
  // Behind TLS every question would need the call's own certificates.
  return where.isSecure ? undefined : answeringInstead(where, where.patience ?? 2000)
}

function titleOf({ wire, target }: Where): string {
  if (wire !== 'http') return titles[wire] ?? wire
  const version = httpVersionOf(target)
  return version === '2' ? 'HTTP/2' : version === 'websocket' ? 'WebSocket' : 'HTTP/1.1'
}

const titles: Readonly<Record<string, string>> = { grpc: 'gRPC', thrift: 'Thrift', avro: 'Avro' }
