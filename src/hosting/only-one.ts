import { misuse } from '../core/rpc-error.js'

let isTaken = false

/**
 * One server with workers per program, in the supervisor and in the worker. A worker runs the program from its start and serves at the
 * first `workers`; it could not tell several servers apart.
 */
export async function onlyOne<T>(start: () => Promise<T>): Promise<T> {
  if (isTaken)
    throw misuse(
      'invalid_policy',
      'workers: this program already has a server with workers; give that one more listeners, or this one no workers',
    )
  isTaken = true
  try {
    return await start()
  } catch (error) {
    isTaken = false
    throw error
  }
}
