import type { IncomingMessage } from 'node:http'
import { misuse } from '../core/rpc-error.js'
import type { CallHistory } from '../telemetry/call-history.js'

/** The console of a server. */
export interface ConsoleOptions {
  /** The path; default `/_polywire/`. */
  readonly path?: string
  /** A port for the console alone; 0: any free one. Default: the server's own HTTP. */
  readonly port?: number
  /** The host of `port`; default `127.0.0.1`. */
  readonly host?: string
  /**
   * Opens the console to other machines, for requests with `Authorization: Bearer <token>`, at least 16 characters. The page asks for it, or
   * reads it from its link, `#token=...`. Default: none, only this machine can open it.
   */
  readonly token?: string
  /**
   * Opens the console to requests for which it returns true, such as those with a client certificate. With `token` too, both must hold.
   * Default: none, only this machine can open it.
   */
  readonly authorize?: (request: IncomingMessage) => boolean | Promise<boolean>
  /**
   * Names in URLs by which the console may be reached, besides IP addresses and `localhost`: `['orders.internal']`. Any other name could be
   * a page of a stranger that resolves its name to this machine. Default: none.
   */
  readonly hosts?: readonly string[]
  /** What it shows of calls. Give the same to `connect` as an observer, to see the calls that this process makes. Default: a new one. */
  readonly calls?: CallHistory
}

const shortestToken = 16

/** @throws RpcError `failed_precondition` (`invalid_listener`, `misplaced_option`) for an option that cannot be */
export function checkConsole({ path, token, port, host }: ConsoleOptions): void {
  if (path !== undefined && !/^\/([^\s?#]*\/)?$/.test(path))
    throw misuse('invalid_listener', `console.path must begin and end with a slash, got ${JSON.stringify(path)}`)
  if (path === '/' && port === undefined)
    throw misuse('invalid_listener', 'console.path can be / only with a port of its own: set console.port')
  if (token !== undefined && token.length < shortestToken)
    throw misuse(
      'misplaced_option',
      `console.token must have at least ${shortestToken} characters, got ${token.length}; make one with openssl rand -hex 16`,
    )
  if (host !== undefined && port === undefined)
    throw misuse('misplaced_option', 'console.host belongs to console.port; set both, or neither')
}
