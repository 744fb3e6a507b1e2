import { useEffect, useRef, useState } from 'preact/hooks'
import type { Shell, Tree } from '../src/console/views.js'
import { decoded } from './route.js'

/** Milliseconds between two reads of a page that is looked at. */
const pace = 1000
/** Milliseconds after which a server that says nothing does not answer. */
const patience = 5000
const tokenKey = 'polywire-console-token'

/** An answer of the API that is not 200. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

/** A token in the link is kept for this tab, and leaves the address, so that it is not sent on with it. */
export function takeTokenFromLink(): void {
  const token = /^#token=(.+)$/.exec(location.hash)?.[1]
  if (token === undefined) return
  setToken(decoded(token))
  history.replaceState(null, '', '#/overview')
}

export function setToken(token: string): void {
  sessionStorage.setItem(tokenKey, token)
}

export function authorized(init: RequestInit = {}): RequestInit {
  const token = sessionStorage.getItem(tokenKey)
  const headers = new Headers(init.headers)
  if (token !== null) headers.set('authorization', `Bearer ${token}`)
  return { ...init, headers, credentials: 'same-origin', cache: 'no-store' }
}

/** @throws ApiError if the answer is not 200; TypeError if there is none */
export async function read<T>(path: string, signal?: AbortSignal): Promise<T> {
  const reply = await fetch(`api/${path}`, authorized(signal === undefined ? {} : { signal }))
  const body = (await reply.json()) as T & { readonly error?: string }
  if (!reply.ok) throw new ApiError(reply.status, body.error ?? reply.statusText)
  return body
}

export async function post(path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  const init: RequestInit = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal !== undefined && { signal }),
  }
  const reply = await fetch(`api/${path}`, authorized(init))
  if (reply.ok) return reply
  const { error = reply.statusText } = (await reply.json()) as { readonly error?: string }
  throw new ApiError(reply.status, error)
}

export interface Live<T> {
  /** Undefined until the first answer. */
  readonly data: T | undefined
  /** Why there is no newer answer. */
  readonly error: Error | undefined
  refresh(): void
}

/**
 * Reads a path every second, as long as the page is visible and `isLive`. The last answer stays when there is no newer one. A server that
 * says nothing for five seconds is one that does not answer: it may hang, or the network lost it.
 * @param subject what the path is about. Another path about the same, such as another range, keeps the last answer until its own comes
 */
export function useLive<T>(path: string, subject: string, isLive: boolean): Live<T> {
  const [state, setState] = useState<{ subject: string; data?: T; error?: Error }>({ subject })
  const again = useRef<() => void>(() => {})
  useEffect(() => {
    const leaving = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    let isReading = false
    const next = async () => {
      clearTimeout(timer)
      if (isReading) return
      isReading = true
      try {
        const data = await read<T>(path, AbortSignal.any([leaving.signal, AbortSignal.timeout(patience)]))
        setState({ subject, data })
      } catch (error) {
        if (!leaving.signal.aborted)
          setState(last => ({ ...(last.subject === subject ? last : { subject }), error: error as Error }))
      }
      isReading = false
      if (isLive && !leaving.signal.aborted && !document.hidden) timer = setTimeout(next, pace)
    }
    const shown = () => {
      if (!document.hidden && isLive) void next()
    }
    again.current = () => void next()
    void next()
    document.addEventListener('visibilitychange', shown)
    return () => {
      leaving.abort()
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', shown)
    }
  }, [path, subject, isLive])
  const isCurrent = state.subject === subject
  return {
    data: isCurrent ? state.data : undefined,
    error: isCurrent ? state.error : undefined,
    refresh: () => again.current(),
  }
}

/** The names of all methods, read when their number or the process changes, and until they are read. */
export function useTree({ methodCount = 0, pid }: Partial<Shell> = {}): Tree {
  const [tree, setTree] = useState<Tree>([])
  useEffect(() => {
    if (methodCount === 0) return
    const leaving = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const again = () => {
      if (!leaving.signal.aborted) timer = setTimeout(next, pace)
    }
    const next = () => void read<Tree>('tree', leaving.signal).then(setTree, again)
    next()
    return () => {
      leaving.abort()
      clearTimeout(timer)
    }
  }, [methodCount, pid])
  return tree
}
