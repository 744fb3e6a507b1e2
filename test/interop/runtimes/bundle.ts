import { join } from 'node:path'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { compiled } from './programs.js'

export interface Bundle {
  readonly code: string
  /** The modules of Node that it imports. */
  readonly builtIns: readonly string[]
}

/** Bundles a file of the test. */
export async function bundle(file: string, options: BuildOptions): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(compiled, file)],
    bundle: true,
    external: ['class-validator'],
    logLevel: 'error',
    ...options,
    write: false,
    metafile: true,
  })
  const imports = Object.values(metafile?.outputs ?? {}).flatMap(output => output.imports)
  const builtIns = imports.map(({ path }) => path).filter(path => path.startsWith('node:'))
  return { code: outputFiles?.[0]?.text ?? '', builtIns: [...new Set(builtIns)].sort() }
}

/** The matrix imports `polywire`; a page, and a worker without modules of Node, have `polywire/web`. */
export const forPages: Plugin = {
  name: 'for pages',
  setup(build) {
    build.onResolve({ filter: /\/src\/index\.js$/ }, () => ({ path: join(compiled, 'web-entry.js') }))
  },
}
