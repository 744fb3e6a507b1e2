/**
 * Calls between two services of one process, or in a test, without a socket but with codec, policies, deadline and errors.
 *
 * Every message goes through the codec on both sides, so a message that fails on a real wire fails here too.
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
