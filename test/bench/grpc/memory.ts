import { WorkerProcess } from '../harness/processes.js'

export type { Memory } from './memory-worker.js'

/** Starts a process of a contender of gRPC whose memory can be asked for. @param args its variant, and the address if it is a client */
export function memoryWorker(module: string, args: readonly string[]): WorkerProcess {
  return new WorkerProcess(module, [new URL(`./${module}.js`, import.meta.url).href, ...args], {
    path: new URL('./memory-worker.js', import.meta.url),
    flags: ['--expose-gc', ...process.execArgv],
  })
}
