// One replica in its own process: serves Hello on a free port, tells its parent the port, and runs until it is stopped.
import { serve } from 'polywire'
import { HelloService } from './service.js'

const [name = 'replica', delay = '0'] = process.argv.slice(2)
const server = await serve([new HelloService({ name, delay: Number(delay) })], { host: '127.0.0.1' })
process.send?.(server.address)
process.once('SIGTERM', () => void server.close().then(() => process.disconnect()))
process.once('disconnect', () => void server.close())
