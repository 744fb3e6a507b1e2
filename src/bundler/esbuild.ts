import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Modules } from './modules.js'
import { withoutBodies } from './without-bodies.js'

/** A module as esbuild takes it from a plugin. */
export interface EsbuildModule {
  /** The text of the module. */
  readonly contents: string
  /** Its language. */
  readonly loader: 'js' | 'jsx' | 'ts' | 'tsx'
  /** What could not be taken out. */
  readonly warnings: {
    /** One sentence. */
    text: string
  }[]
}

/** A plugin of esbuild, as far as it is used. */
export interface EsbuildPlugin {
  /** Names the plugin in messages of the build. */
  readonly name: string
  /** Called by esbuild when a build begins. */
  setup(build: {
    /** The options of the build. */
    readonly initialOptions: {
      /** What the build is for. Default: a page. */
      readonly platform?: string
    }
    /** Finds the module that another imports. Default: relative imports alone are followed. */
    resolve?(
      source: string,
      options: {
        /** The folder of the module that imports it. */
        readonly resolveDir: string
        /** How it is imported. */
        readonly kind: 'import-statement'
      },
    ): Promise<{
      /** Its path, or empty. */
      readonly path: string
    }>
    /** Registers a reader of files. */
    onLoad(
      options: {
        /** Matches the paths of these files. */
        filter: RegExp
        /** Where they are: `file` for the disk, anything else for modules of plugins. */
        namespace: string
      },
      load: (file: {
        /** The file's path. */
        readonly path: string
      }) => Promise<EsbuildModule | undefined>,
    ): void
  }): void
}

/**
 * Keeps the code of services out of a page that esbuild bundles: the page gets their decorators, and bodies that throw.
 *
 * A build with `platform: 'node'` keeps the code. Place it before plugins that read the same files. Needs `@babel/parser`.
 *
 * @example
 * import { build } from 'esbuild'
 * import { esbuildPlugin } from 'polywire/bundler'
 *
 * await build({ entryPoints: ['page.ts'], bundle: true, outfile: 'page.js', plugins: [esbuildPlugin()] })
 *
 * @see docs/guide/web.md#one-class-for-both
 */
export function esbuildPlugin(): EsbuildPlugin {
  return {
    name: 'polywire',
    setup(build) {
      if (build.initialOptions.platform === 'node') return
      const modules = new Modules()
      const resolve =
        build.resolve &&
        (async (source: string, importer: string) =>
          (await build.resolve?.(source, { resolveDir: dirname(importer), kind: 'import-statement' }))?.path)
      build.onLoad({ filter: /\.[cm]?[jt]sx?$/, namespace: 'file' }, async ({ path }) => {
        const found = await withoutBodies(await readFile(path, 'utf8'), path, { resolve, modules })
        if (found === undefined) return undefined
        const loader = (/[jt]sx?$/.exec(path)?.[0] ?? 'js') as EsbuildModule['loader']
        return { contents: found.code, loader, warnings: found.warnings.map(text => ({ text })) }
      })
    },
  }
}
