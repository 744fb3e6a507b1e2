import { dirname } from 'node:path'
import { Modules } from './modules.js'
import { withoutBodies } from './without-bodies.js'

/** By the compiler of a build. */
const builds = new WeakMap<object, Modules>()

/** What webpack and Rspack give a loader, as far as it is used. */
export interface LoaderContext {
  /** The path of the module. */
  readonly resourcePath: string
  /** What the build is for: `web`, `node`. Default: a page. */
  readonly target?: string
  /** Is the same for all modules of a build. Default: each module reads what it imports itself. */
  readonly _compiler?: object
  /** The loader answers later, by what it returns. */
  async(): (error: Error | null, code?: string) => void
  /** Makes what finds the module that another imports. Default: relative imports alone are followed. */
  getResolve?(): (folder: string, source: string) => Promise<string>
  /** Reports a warning of the build. */
  emitWarning(warning: Error): void
}

/**
 * A loader for webpack, Rspack and Turbopack that keeps the code of services out of a page: the page gets their decorators, and bodies that
 * throw.
 *
 * It must see the source before other loaders: `enforce: 'pre'`. A build with the target `node` keeps the code. Needs `@babel/parser`.
 *
 * @example
 * // webpack.config.js
 * export default {
 *   module: { rules: [{ test: /\.[jt]s$/, enforce: 'pre', use: 'polywire/bundler' }] },
 * }
 *
 * @see docs/guide/web.md#one-class-for-both
 */
export function webpackLoader(this: LoaderContext, code: string): void {
  const done = this.async()
  if (/node/.test(this.target ?? '')) {
    done(null, code)
    return
  }
  const find = this.getResolve?.()
  const resolve = find && ((source: string, importer: string) => find(dirname(importer), source).catch(() => undefined))
  const compiler = this._compiler ?? this
  const modules = builds.get(compiler) ?? new Modules()
  builds.set(compiler, modules)
  withoutBodies(code, this.resourcePath, { resolve, modules }).then(found => {
    for (const warning of found?.warnings ?? []) this.emitWarning(new Error(warning))
    done(null, found?.code ?? code)
  }, done)
}
