import { existsSync, readFileSync } from 'node:fs'
import { createRequire, type LoadHook, type ResolveHook } from 'node:module'
import { fileURLToPath } from 'node:url'

/** What turns TypeScript into JavaScript: esbuild, which reads the tsconfig itself, or swc, which reads .swcrc. */
export interface Transpiler {
  readonly kind: 'esbuild' | 'swc'
  /** The path of its entry. */
  readonly tool: string
}

type Transpile = (path: string) => string
let transpile: Transpile | undefined

// Node calls the functions of this module on a thread of its own (module.register).

export function initialize({ kind, tool }: Transpiler): void {
  const load = createRequire(import.meta.url)
  transpile = kind === 'esbuild' ? byEsbuild(load(tool)) : bySwc(load(tool))
}

/** A TypeScript module imports `./user.js` and means `./user.ts`. */
export const resolve: ResolveHook = (specifier, context, next) => {
  const { parentURL } = context
  if (!/^\.\.?\//.test(specifier) || parentURL === undefined || !parentURL.startsWith('file:'))
    return next(specifier, context)
  const asked = new URL(specifier, parentURL)
  if (existsSync(asked) && /\.\w+$/.test(asked.pathname)) return next(specifier, context)
  const written = candidates(asked.href).find(url => existsSync(new URL(url)))
  return next(written ?? specifier, context)
}

function candidates(url: string): string[] {
  return [url.replace(/\.([cm]?)js$/, '.$1ts'), url.replace(/\.js$/, '.tsx'), `${url}.ts`, `${url}/index.ts`].filter(
    one => one !== url,
  )
}

export const load: LoadHook = (url, context, next) => {
  if (transpile === undefined || !url.startsWith('file:') || !/\.[cm]?tsx?$/.test(url)) return next(url, context)
  return { format: 'module', source: transpile(fileURLToPath(url)), shortCircuit: true }
}

interface Esbuild {
  buildSync(options: object): { readonly outputFiles: readonly { readonly text: string }[] }
}

function byEsbuild({ buildSync }: Esbuild): Transpile {
  return path => {
    const options = {
      bundle: false,
      write: false,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      logLevel: 'silent',
    }
    return buildSync({ ...options, entryPoints: [path], sourcemap: 'inline', outdir: '.' }).outputFiles[0]?.text ?? ''
  }
}

interface Swc {
  transformSync(source: string, options: object): { readonly code: string }
}

function bySwc({ transformSync }: Swc): Transpile {
  const parser = { syntax: 'typescript', decorators: true }
  const jsc = { parser, target: 'es2022', transform: { legacyDecorator: true, decoratorMetadata: true } }
  return filename => transformSync(readFileSync(filename, 'utf8'), { filename, jsc, sourceMaps: 'inline' }).code
}
