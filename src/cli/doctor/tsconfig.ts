import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

/** The options of a compiler that decide how decorators and imports are compiled. */
export interface Compiler {
  readonly module?: string
  readonly target?: string
  readonly experimentalDecorators?: boolean
  readonly emitDecoratorMetadata?: boolean
  readonly types?: readonly string[]
}

/** The project's TypeScript; undefined if it has none. */
export function typescriptIn(folder: string): { path: string; version: string; major: number } | undefined {
  try {
    const require = createRequire(join(folder, 'package.json'))
    const manifest = require.resolve('typescript/package.json')
    const { version } = require(manifest) as { readonly version: string }
    return { path: join(dirname(manifest), 'bin/tsc'), version, major: Number.parseInt(version, 10) }
  } catch {
    return undefined
  }
}

/** Read by the compiler itself, since a configuration may extend others. @returns what is wrong with it, if it cannot be read */
export async function compilerOf(tsc: string, config: string): Promise<Compiler | string> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [tsc, '--showConfig', '-p', config])
    return (JSON.parse(stdout) as { readonly compilerOptions?: Compiler }).compilerOptions ?? {}
  } catch (error) {
    const { stdout = '', message } = error as Error & { readonly stdout?: string }
    return `tsconfig.json cannot be read: ${(stdout || message).split('\n')[0]}`
  }
}
