import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/** Systems give outgoing connections and listeners on port 0 a higher one: from 32768 on Linux, from 49152 elsewhere. */
const first = 10_000
const end = 32_768

/**
 * A port for programs that cannot choose one, or that are started again on theirs. It is none that the system gives to
 * others: a client that dials a dead server would keep the server's port by chance, and the server could not come back.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const port = first + Math.floor(Math.random() * (end - first))
    const probe = createServer().listen(port)
    if (!(await listens(probe))) continue
    probe.close()
    await once(probe, 'close')
    return port
  }
  throw new Error(`no free port was found between ${first} and ${end}`)
}

function listens(probe: Server): Promise<boolean> {
  return new Promise((resolve, reject) => {
    probe.once('listening', () => resolve(true))
    probe.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    )
  })
}
