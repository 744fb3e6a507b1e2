// A server with workers: node server.js <number of workers>. Sends its port and its workers' pids; ends with its parent.
import cluster from 'node:cluster'
import { serve } from '../../../src/index.js'
import { Echo } from '../scale/polywire.js'

/** What the supervisor sends. */
export interface WorkersStarted {
  readonly port: number
  readonly pids: readonly number[]
}

const server = await serve([Echo], { protocols: ['grpc'], host: '127.0.0.1', workers: Number(process.argv[2]) })
if (cluster.isPrimary) {
  const pids = Object.values(cluster.workers ?? {}).flatMap(worker => worker?.process.pid ?? [])
  const started: WorkersStarted = { port: server.port, pids }
  process.once('disconnect', () => void server.close().then(() => process.exit()))
  process.send?.(started)
}
