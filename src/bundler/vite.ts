import { readFile } from 'node:fs/promises'
import { Modules } from './modules.js'
import { withoutBodies } from './without-bodies.js'

/** A module as Vite takes it from a plugin. */
export interface VitePluginResult {
  /** The text of the module. */
  readonly code: string
  /** None is needed: lines stay where they are. */
  readonly map: null
}

/** A plugin of Vite, Rollup and Rolldown, as far as it is used. */
export interface VitePlugin {
  /** Names the plugin in messages of the build. */
  readonly name: string
  /** Before plugins that compile. */
  readonly enforce: 'pre'
  /** Called by the bundler for each module. The result is null if the module does not import polywire. */
  load(
    this: {
      /** Reports a warning of the build. */
      warn(message: string): void
      /** Finds the module that another imports. Default: relative imports alone are followed. */
      resolve?(
        source: string,
        importer: string,
      ): Promise<{
        /** Its path. */
        readonly id: string
      } | null>
    },
    id: string,
    options?: {
      /** Whether the module is for a server. Default: false. */
      readonly ssr?: boolean | undefined
    },
  ): Promise<VitePluginResult | null>
}

/**
 * Keeps the code of services out of a page that Vite, Rollup or Rolldown bundles: the page gets their decorators, and bodies that throw.
 *
 * Builds for a server (`vite build --ssr`) keep the code. Needs `@babel/parser`.
 *
 * @example
 * // vite.config.js
 * import { vitePlugin } from 'polywire/bundler'
 *
 * export default { plugins: [vitePlugin()] }
 *
 * @see docs/guide/web.md#one-class-for-both
 */
export function vitePlugin(): VitePlugin {
  const modules = new Modules()
  return {
    name: 'polywire',
    enforce: 'pre',
    // It loads, because a plugin that transforms would leave the code of the server in source maps.
    async load(id, { ssr = false } = {}) {
      const [file = ''] = id.split('?', 1)
      if (ssr || id.startsWith('\0') || id.includes('?raw') || !/\.[cm]?[jt]sx?$/.test(file)) return null
      const code = await readFile(file, 'utf8').catch(() => undefined)
      const resolve = this.resolve && (async (source: string, from: string) => (await this.resolve?.(source, from))?.id)
      const found = code === undefined ? undefined : await withoutBodies(code, file, { resolve, modules })
      for (const warning of found?.warnings ?? []) this.warn(warning)
      return found === undefined ? null : { code: found.code, map: null }
    },
  }
}
