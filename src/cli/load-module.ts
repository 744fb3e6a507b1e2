import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { extname, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isSource, sourceEndings } from '../idl/read-source.js'
import { CliError } from './cli-error.js'
import type { Transpiler } from './typescript-hooks.js'

/** The endings of JavaScript. A program may have none. */
const javascript: ReadonlySet<string> = new Set(['.js', '.mjs', '.cjs', ''])

/** The endings of TypeScript. */
export const typescript: ReadonlySet<string> = new Set(['.ts', '.mts', '.cts', '.tsx'])

/**
 * Loads a module: a path, or the name of an installed package. A module is code and runs.
 * @throws CliError if it is not there, or throws
 */
export async function loadModule(name: string): Promise<Readonly<Record<string, unknown>>> {
  const path = modulePath(name)
  checkModule(name, path)
  if (typescript.has(extname(path))) await registerTypeScript(name, path)
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>
  } catch (error) {
    const first = problemIn(error, path)
    const [, missing] = /^Cannot find package '([^']+)'/.exec(first) ?? []
    const hint = missing === undefined ? undefined : `npm install ${missing}`
    throw new CliError(`${name} cannot be loaded: ${first}`, { cause: error, hint })
  }
}

/** @throws CliError for a folder, and for a file of another kind, which Node would take for one without its ending */
function checkModule(name: string, path: string): void {
  if (statSync(path).isDirectory())
    throw new CliError(`${name} is a folder, not a module; name the file that exports the classes`)
  if (typescript.has(extname(path)) || javascript.has(extname(path))) return
  const endings = [...typescript, ...javascript, ...sourceEndings].filter(ending => ending !== '')
  throw new CliError(
    isSource(path)
      ? `${name} is an interface definition, and this takes a module of TypeScript or JavaScript`
      : `${name} is not a contract; its ending is none of ${endings.join(', ')}`,
  )
}

/** What is wrong, in one line, with the place if it is a mistake in the source. */
function problemIn(error: unknown, path: string): string {
  const { message } = error instanceof Error ? error : new Error(String(error))
  const [first = ''] = message.split('\n')
  // esbuild, and so tsx, says first only how many errors follow.
  const [, transformed] = /^(.+: ERROR: .+)$/m.exec(message) ?? []
  if (transformed !== undefined) return transformed.replace(': ERROR: ', ': ')
  // The place of a syntax error is not in it. Node prints it.
  const checked = error instanceof SyntaxError ? spawnSync(process.execPath, ['--check', path]).stderr : ''
  const [, line] = /:(\d+)$/m.exec(String(checked)) ?? []
  return line === undefined ? first : `${relative('.', path)}:${line}: ${first}`
}

/** The path of a module. @throws CliError if it is not there */
export function modulePath(name: string): string {
  const path = resolve(name)
  if (existsSync(path)) return path
  try {
    return nodeModule.createRequire(resolve('polywire')).resolve(name)
  } catch {
    throw new CliError(`there is no file ${name}, and no installed package of that name`)
  }
}

/** Uses what the project has: tsx, esbuild or swc. */
async function registerTypeScript(name: string, path: string): Promise<void> {
  const project = nodeModule.createRequire(path)
  const tsx = found(project, 'tsx/package.json')
  if (tsx !== undefined) {
    // By its path, since \`require\` would find the entry for CommonJS.
    const api = new URL('dist/esm/api/index.mjs', pathToFileURL(tsx))
    const { register: start } = (await import(api.href)) as { register(): unknown }
    start()
    return
  }
  const esbuild = found(project, 'esbuild')
  const swc = esbuild === undefined ? found(project, '@swc/core') : undefined
  const tool = esbuild ?? swc
  if (tool === undefined)
    throw new CliError(
      `${name} is TypeScript, and the project has none of tsx, esbuild and @swc/core to load it; ` +
        `pass the compiled JavaScript, or install one`,
      { hint: 'npm install --save-dev tsx' },
    )
  const data: Transpiler = { tool, kind: esbuild === undefined ? 'swc' : 'esbuild' }
  await startHooks(data)
}

/** In this thread where Node can (22.15): it warns of `register` from version 26 on. */
async function startHooks(data: Transpiler): Promise<void> {
  const { registerHooks } = nodeModule as { registerHooks?: (hooks: object) => void }
  if (registerHooks === undefined) {
    nodeModule.register(new URL('./typescript-hooks.js', import.meta.url), { data })
    return
  }
  const { initialize, resolve: resolveHook, load } = await import('./typescript-hooks.js')
  initialize(data)
  registerHooks({ resolve: resolveHook, load })
}

function found(project: NodeJS.Require, name: string): string | undefined {
  try {
    return project.resolve(name)
  } catch {
    return undefined
  }
}
