import { unlinkSync } from 'node:fs'
import { connect, type Server } from 'node:net'
import { misuse } from '../core/rpc-error.js'
import { shown } from '../core/shown.js'

export interface Place {
  readonly port?: number | undefined
  readonly host?: string | undefined
  readonly path?: string | undefined
}

/** What to do about the errors of `listen`, by their codes. */
const advice: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there; stop it, or listen elsewhere (port 0 is any free port)',
  EACCES: 'this user may not listen there; use a port from 1024, or a path that the user can write to',
  EADDRNOTAVAIL: 'this machine does not have that address; leave host out to listen on all that it has',
}

/**
 * Listens on a port or a path. It replaces the Unix socket of a crashed server, but not one that a process listens on.
 * @throws an error with Node's `code`, such as `EADDRINUSE`, if the port or path is not available
 */
export async function listen(server: Server, place: Place): Promise<void> {
  const { path } = place
  const { port = 0 } = place
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw misuse(
      'invalid_listener',
      `serve: port must be an integer from 0 (any free one) to 65535, got ${shown(port, 0)}${typeof port === 'string' ? '; write Number(...)' : ''}`,
    )
  if (path === undefined) return attempt(server, { port, host: place.host })
  if (place.port !== undefined || place.host !== undefined)
    throw misuse('invalid_listener', `serve: path ${path} excludes port and host; leave out one of them`)
  try {
    await attempt(server, { path })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || !(await isDead(path))) throw error
    unlinkSync(path)
    await attempt(server, { path })
  }
}

function attempt(server: Server, place: Place): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(explained(error, place))
    server.once('error', fail)
    server.listen(place, () => {
      server.off('error', fail)
      resolve()
    })
  })
}

/** Node's error, which says what happened, with what to do. */
function explained(error: NodeJS.ErrnoException, { host, port, path }: Place): Error {
  const { code, errno, syscall } = error
  const what = code === undefined ? undefined : advice[code]
  if (what === undefined) return error
  const where = path ?? (host === undefined ? `port ${port}` : `${host}, port ${port}`)
  return Object.assign(new Error(`serve: cannot listen on ${where} (${code}): ${what}`, { cause: error }), {
    code,
    errno,
    syscall,
  })
}

function isDead(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(false)
    })
    socket.once('error', error => resolve((error as NodeJS.ErrnoException).code === 'ECONNREFUSED'))
  })
}
