import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Target } from './target.js'
import { over } from './wires.js'

/** What a client sends over this wire for these calls, taken down between it and the server. */
export async function recorded(
  wire: string,
  port: number,
  calls: (remote: Target) => Promise<unknown>,
): Promise<Buffer> {
  const sent: Buffer[] = []
  const proxy = createServer(client => {
    const server = connect(port, '127.0.0.1')
    client.on('data', chunk => sent.push(chunk))
    client.pipe(server).pipe(client)
    for (const socket of [client, server]) socket.on('error', () => socket.destroy())
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  try {
    await over(wire, (proxy.address() as { port: number }).port, calls)
  } finally {
    proxy.close()
  }
  return Buffer.concat(sent)
}
