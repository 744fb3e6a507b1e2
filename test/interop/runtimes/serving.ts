import { join } from 'node:path'
import { serve } from '../../../src/index.js'
import { server as certificate } from '../../fixtures/certificates.js'
import { type Sightings, StreamsService, UnaryService, Workshop } from '../../matrix/contract.js'
import type { Places } from './rows.js'

/** Serves the matrix's services over TCP, TLS and a Unix socket in the folder. */
export async function serveEverywhere(folder: string, sightings: Sightings) {
  const workshop = new Workshop(sightings)
  const services = [new UnaryService(workshop), new StreamsService(workshop)]
  const options = { limits: { messageBytes: 2_000_000 }, report: () => {} }
  const servers = await Promise.all([
    serve(services, { ...options, host: '127.0.0.1' }),
    serve(services, { ...options, host: '127.0.0.1', tls: certificate }),
    serve(services, { ...options, path: join(folder, 'serve.sock') }),
  ])
  const [TCP = '', TLS = '', unix = ''] = servers.map(({ address }) => address)
  const places: Places = { TCP, TLS, unix }
  return { places, close: () => Promise.all(servers.map(server => server.close())) }
}
