/**
 * The path and query of a request's target. A client may send the whole address, as to a proxy; its authority then stands in place of `Host`,
 * and neither chooses what is served here.
 * Source: RFC 9112, 3.2.2.
 */
export function originForm(target: string): string {
  // A slash: the usual form.
  if (target.charCodeAt(0) === 47) return target
  const scheme = /^https?:\/\//i.exec(target)
  if (scheme === null) return target
  const rest = target.slice(scheme[0].length)
  const path = rest.search(/[/?#]/)
  if (path < 0) return '/'
  return rest[path] === '/' ? rest.slice(path) : `/${rest.slice(path)}`
}

/** Whether a request has several `Host` fields, which RFC 9112 (3.2) has refused: proxies and servers take different ones for the name. */
export function hasSeveralHosts(rawHeaders: readonly string[]): boolean {
  let hosts = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  return hosts > 1
}
