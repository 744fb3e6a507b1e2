/**
 * Problem: a test, or two services of one process, want a call with all its meaning (codec, policies, deadline, errors) and no socket.
 *
 * Every message goes through the codec both ways, so what could not travel on a real wire does not travel here either.
 *
 *     await serve([Hello], { port: false, memory: 'hello' })
 *     const hello = connect(Hello, 'memory://hello')
 */
import { json } from '../../codecs/json/codec.js'
import { refusedBy } from '../../codecs/method-serializers.js'
import type { Protocol } from '../protocol.js'
import { MemoryDialer } from './dialer.js'

export const memory: Protocol = {
  name: 'memory',
  secureName: undefined,
  defaultPort: undefined,
  defaultCodec: 'json',
  refuses: (method, codec = json) => (codec === json ? undefined : refusedBy(codec, method)),
  detect: () => false,
  serve: () => ({
    accept: socket => void socket.destroy(),
    drain: () => Promise.resolve(),
    destroy: () => {},
  }),
  bind: (services, settings) => new MemoryDialer(services, settings),
}
