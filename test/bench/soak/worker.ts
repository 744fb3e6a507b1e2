// One side of the soak: node --expose-gc worker.js serve, or call <targets as JSON>. It ends with its parent.
import { serve } from '../../../src/index.js'
import { callAll, type SoakTargets } from './callers.js'
import { takeReading } from './reading.js'
import { startRelay } from './relay.js'
import { Soak, SoakStreams } from './service.js'

process.once('disconnect', () => process.exit())
const [, , role, targets = ''] = process.argv

/** A message is a number of milliseconds to call for, or asks for a reading. */
process.on('message', (message: number | 'read') => {
  const answer =
    message === 'read' ? takeReading() : callAll(JSON.parse(targets) as SoakTargets, performance.now() + message)
  void answer.then(one => process.send?.(one))
})

if (role === 'serve') {
  const plain = await serve([Soak], {
    host: '127.0.0.1',
    protocols: ['grpc', 'thrift', 'avro', 'http'],
    // Calls that were given up count where their server cannot know.
    limits: { callsPerConnection: 1_000_000, concurrency: 1_000_000 },
  })
  const streaming = await serve([SoakStreams], { host: '127.0.0.1', protocols: ['grpc'] })
  const targets: SoakTargets = {
    address: plain.address,
    relay: await startRelay(plain.port),
    streams: streaming.address,
  }
  process.send?.(targets)
} else process.send?.('ready')
