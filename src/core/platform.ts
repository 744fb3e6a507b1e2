/** The modules of Node that the kernel uses where they exist. */
interface NodeModules {
  readonly 'node:async_hooks': typeof import('node:async_hooks')
  readonly 'node:buffer': typeof import('node:buffer')
  readonly 'node:crypto': typeof import('node:crypto')
  readonly 'node:util': typeof import('node:util')
  readonly 'node:worker_threads': typeof import('node:worker_threads')
}

const { process } = globalThis as { readonly process?: Partial<NodeJS.Process> }

/**
 * A module of Node; undefined in a page. The bundle of a page must not import one, so what `polywire/web` reaches asks here, and does
 * without it in a page.
 */
export function nodeModule<Name extends keyof NodeModules>(name: Name): NodeModules[Name] | undefined {
  return process?.getBuiltinModule?.(name) as NodeModules[Name] | undefined
}

/** Emits a warning of the process; in a page, on its console. */
export function emitWarning(message: string): void {
  if (process?.emitWarning === undefined) console.warn('polywire:', message)
  else process.emitWarning(message, 'PolywireWarning')
}
