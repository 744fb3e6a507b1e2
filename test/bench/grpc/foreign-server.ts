// A server in another language, called by our client. Variant: the work and the program: `unary /tmp/.../echo`.
import * as polywire from './polywire.js'

export { listen } from './foreign.js'

export function connect(address: string, variant: string): Promise<() => Promise<unknown>> {
  return polywire.connect(address, variant.split(' ', 1)[0] ?? '')
}
