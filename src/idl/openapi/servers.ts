import type { DocumentNode } from './node.js'

/** The path of the first server, which stands before each path: `/api/v3` of `https://example.com/api/v3/`. Empty if there is none. */
export function pathPrefix(...nodes: readonly DocumentNode[]): string {
  const servers = nodes.map(node => node.get('servers')).find(one => one !== undefined)
  const [server] = servers?.elements() ?? []
  const variables = server?.get('variables')
  const url = (server?.text('url') ?? '').replace(
    /\{([^{}]+)\}/g,
    (_, name: string) => variables?.get(name)?.text('default') ?? '',
  )
  try {
    return new URL(url, 'http://localhost').pathname.replace(/\/+$/, '')
  } catch {
    return ''
  }
}
