/**
 * The path and query of a request's target. A client may send a whole URL, as to a proxy. Its authority replaces `Host`, which polywire
 * ignores too. Source: RFC 9112, 3.2.2.
 */
export function originForm(target: string): string {
  // The usual form begins with a slash.
  if (target.charCodeAt(0) === 47) return target
  const scheme = /^https?:\/\//i.exec(target)
  if (scheme === null) return target
  const rest = target.slice(scheme[0].length)
  const path = rest.search(/[/?#]/)
  if (path < 0) return '/'
  return rest[path] === '/' ? rest.slice(path) : `/${rest.slice(path)}`
}

/** Whether a request has several `Host` fields. RFC 9112 (3.2) refuses it, because proxies and servers choose different ones. */
export function hasSeveralHosts(rawHeaders: readonly string[]): boolean {
  let hosts = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  return hosts > 1
}
