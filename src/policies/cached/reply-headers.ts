import type { Headers, HeaderValue } from '../../core/headers.js'

/** Name, value, name, value ... */
export type HeaderList = readonly HeaderValue[]

const none: HeaderList = []

export function listOfHeaders(headers: Headers): HeaderList {
  if (headers.size === 0) return none
  const list: HeaderValue[] = []
  for (const [name, value] of headers) list.push(name, value)
  return list
}

/** The headers that were added since `before`. */
export function addedTo(before: HeaderList, headers: Headers): HeaderList {
  const now = listOfHeaders(headers)
  if (before.length === 0) return now
  const old = before.slice()
  const added: HeaderValue[] = []
  for (let at = 0; at < now.length; at += 2) {
    const [name, value] = now.slice(at, at + 2) as [HeaderValue, HeaderValue]
    const same = old.findIndex((one, index) => index % 2 === 0 && one === name && old[index + 1] === value)
    if (same < 0) added.push(name, value)
    else old.splice(same, 2)
  }
  return added
}

export function addTo(headers: Headers, list: HeaderList): void {
  for (let at = 0; at < list.length; at += 2) headers.append(list[at] as string, list[at + 1] as HeaderValue)
}
