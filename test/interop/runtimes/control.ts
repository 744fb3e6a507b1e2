import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Witness } from '../../matrix/contract.js'

/** Answers what clients in another process ask about the calls of a server in this one. */
export async function controlServer(witness: Witness) {
  const questions: Record<string, (key: string) => unknown> = {
    '/arrival': key => witness.arrival(key),
    '/cancellation': key => witness.cancellation(key),
    '/seen': key => witness.seen(key),
  }
  const server = createServer(async ({ url = '' }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://control.test')
    const answer = await questions[pathname]?.(searchParams.get('key') ?? '')
    response.end(JSON.stringify({ answer }))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
