import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { createServer } from 'vite'

/** The page, as Vite's development server gives it out. */
export interface PageServer {
  /** Where a browser opens it. It is the origin that the board's server must allow. */
  readonly origin: string
  /** Tells the page where the board is. */
  connectTo(api: string): void
  close(): Promise<void>
}

/** @param port 0 takes a free one */
export async function servePage(port: number): Promise<PageServer> {
  let api = ''
  const vite = await createServer({
    configFile: false,
    // The sources: this file runs in build/.
    root: fileURLToPath(new URL('../../../samples/web/page/', import.meta.url)),
    cacheDir: fileURLToPath(new URL('../../vite/', import.meta.url)),
    logLevel: 'warn',
    server: { host: '127.0.0.1', port, watch: null, hmr: false },
    // polywire itself is not in its own node_modules. A project that has it installed needs none of this.
    resolve: { alias: { 'polywire/web': fileURLToPath(new URL('../../src/web/index.js', import.meta.url)) } },
    plugins: [
      {
        name: 'api',
        transformIndexHtml: () => [{ tag: 'meta', attrs: { name: 'api', content: api }, injectTo: 'head' }],
      },
    ],
  })
  await vite.listen()
  const address = vite.httpServer?.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${address.port}`,
    connectTo: url => {
      api = url
    },
    close: () => vite.close(),
  }
}
