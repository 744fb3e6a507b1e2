import { fetchHandler } from '../../../src/fetch/index.js'
import { StreamsService, UnaryService, Workshop } from '../../matrix/contract.js'
import { TellingSightings } from './telling.js'

/** The fetch server of a runtime, as Bun and Deno have it. */
interface Runtimes {
  readonly Bun?: { serve(options: object): { readonly port: number } }
  readonly Deno?: { serve(options: object, fetch: typeof handler): unknown }
}

const workshop = new Workshop(new TellingSightings())
const handler = fetchHandler([new UnaryService(workshop), new StreamsService(workshop)], {
  limits: { messageBytes: 2_000_000 },
  report: () => {},
})
const { Bun, Deno } = globalThis as Runtimes
const place = { port: 0, hostname: '127.0.0.1' }
const listening = (port: number) => console.log(JSON.stringify({ port }))

if (Bun !== undefined) listening(Bun.serve({ ...place, fetch: handler }).port)
else if (Deno !== undefined)
  Deno.serve({ ...place, onListen: ({ port }: { readonly port: number }) => listening(port) }, handler)

// workerd calls it.
const worker = { fetch: handler }

export { worker as default }
