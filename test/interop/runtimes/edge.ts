import { createRequire } from 'node:module'
import { join } from 'node:path'
import { installed } from './programs.js'

/** The parts of Vercel's edge runtime that the test uses. */
export interface EdgeModule {
  readonly EdgeRuntime: new (options: {
    readonly initialCode: string
  }) => {
    evaluate<T>(code: string): T
  }
}

/** The package `edge-runtime`, which is the runtime of Vercel's edge functions as a sandbox in Node. */
export function edgeRuntime(): EdgeModule {
  return createRequire(import.meta.url)(join(installed, 'edge-runtime')) as EdgeModule
}
