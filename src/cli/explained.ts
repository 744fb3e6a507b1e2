import { Code } from '../core/code.js'
import type { RpcError } from '../core/rpc-error.js'
import { failedAt } from './failed-at.js'
import { otherWire, type Where } from './other-wire.js'
import { OutOfReach, outOfReach } from './out-of-reach.js'
import { speaksTls } from './speaks-tls.js'

/** The error of a call; if it found no server that speaks its wire, the reason for that. */
export async function explained(error: RpcError, where: Where): Promise<RpcError> {
  return failedAt(await reasonFor(error, where), where.address)
}

async function reasonFor(error: RpcError, where: Where): Promise<RpcError> {
  if (error instanceof OutOfReach) return error
  const found = await reachOf(error, where)
  const isKnown = found instanceof OutOfReach && found.isCertain
  return isKnown || where.hasAnswered || !isDoubtful(error) ? found : ((await otherWire(error, where)) ?? found)
}

/** Whether a server of another wire may have answered so, or not at all. */
function isDoubtful({ reason = '', code }: RpcError): boolean {
  return unconnected.has(reason) || reason === 'malformed_reply' || code === Code.deadline_exceeded
}

async function reachOf(error: RpcError, { address, isSecure, url }: Where): Promise<RpcError> {
  if (!unconnected.has(error.reason ?? '')) return error
  if (!isSecure && (await speaksTls(address)))
    return new OutOfReach(`${address} speaks TLS, and ${url.replace(/[+:].*$/s, '')}:// does not`, 'tls', error)
  if (error.reason !== 'connect_failed') return error
  let root: unknown = error
  while (root instanceof Error && root.cause instanceof Error) root = root.cause
  if (root === error) return new OutOfReach(`${address} cannot be reached: ${whyOf(error, address)}`, undefined, error)
  return outOfReach(address, root)
}

/** The end of `/hello.Hello/SayHello: cannot connect to 127.0.0.1:8080: the server closed it` */
function whyOf({ message }: RpcError, address: string): string {
  const head = `cannot connect to ${address}: `
  const at = message.indexOf(head)
  return at < 0 ? message : message.slice(at + head.length)
}

const unconnected = new Set(['connect_failed', 'connection_lost', 'missing_status', 'unexpected_status'])
