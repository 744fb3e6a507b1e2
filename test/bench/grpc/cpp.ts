// The unary method of gRPC C++'s server, called by our client.
import type { ForeignServer } from '../harness/contender.js'
import { startCppServer } from './cpp-server.js'

export async function listen(): Promise<ForeignServer> {
  const { port, pid } = await startCppServer()
  return { address: `127.0.0.1:${port}`, pid }
}

export { connect } from './polywire.js'
