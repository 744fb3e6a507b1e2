import { useEffect, useState } from 'preact/hooks'
import type { Side } from '../src/console/views.js'

/** Where the reader is: `#/method/hello.Hello/SayHello?side=served&call=12`. */
export interface Route {
  readonly page: string
  /** The method, if the page is about one. */
  readonly name: string
  readonly query: URLSearchParams
  readonly side: Side | undefined
}

export function routeNow(): Route {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?')
  const [page = '', ...rest] = path.split('/')
  const params = new URLSearchParams(query)
  const side = params.get('side')
  return {
    page: page === '' ? 'overview' : page,
    name: decoded(rest.join('/')),
    query: params,
    side: side === 'served' || side === 'called' ? side : undefined,
  }
}

/** A part of the address; as it stands if it is not encoded well, because a link can be cut or typed. */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

export function hrefOf(page: string, name = '', query: Readonly<Record<string, string | undefined>> = {}): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const text = new URLSearchParams(given).toString()
  return `#/${page}${name === '' ? '' : `/${name}`}${text === '' ? '' : `?${text}`}`
}

export function useRoute(): Route {
  const [route, setRoute] = useState(routeNow)
  useEffect(() => {
    const changed = () => setRoute(routeNow())
    addEventListener('hashchange', changed)
    return () => removeEventListener('hashchange', changed)
  }, [])
  return route
}

/** Changes what the address says beside the page, without a step back to the old one. */
export function replaceQuery({ page, name, query }: Route, change: Readonly<Record<string, string | undefined>>): void {
  location.replace(hrefOf(page, name, { ...Object.fromEntries(query), ...change }))
}
