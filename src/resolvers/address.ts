import { misuse } from '../core/rpc-error.js'

/** Checks an address: `host`, `host:port`, `[v6]`, `[v6]:port` or `unix:/path`. Adds the default port if it has none. */
export function withPort(address: string, defaultPort: number | undefined): string {
  if (defaultPort === undefined) return checkedName(address)
  if (address.startsWith('unix:') && address.length > 5) return address
  const match = /^(\[[0-9a-fA-F:.%]+\]|[^\s:/?#[\]@]+)(?::(\d{1,5}))?$/.exec(address)
  const port = match?.[2] === undefined ? defaultPort : Number(match[2])
  if (match?.[1] === undefined || port < 1 || port > 65_535) {
    throw misuse(
      'invalid_target',
      `invalid address ${JSON.stringify(address)}: write host:port, [v6]:port or unix:/path`,
    )
  }
  return `${match[1]}:${port}`
}

function checkedName(address: string): string {
  if (!/^[\w.-]+$/.test(address))
    throw misuse('invalid_target', `invalid name ${JSON.stringify(address)}: write letters, digits, ".", "_" and "-"`)
  return address
}
