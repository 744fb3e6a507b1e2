import { isBundled } from '../decorators/transformer-copies.js'

/**
 * Call before `import()` of a CommonJS package that requires Node's modules.
 *
 * In an ES module bundle esbuild turns `require('node:net')` into a call of a global `require`, which Node does not define. The package
 * then fails with "Dynamic require of node:net is not supported", some of it only when it first connects, unless the bundle has a banner
 * that defines one. So in such a bundle a global `require` for Node's modules is defined, if there is none.
 */
export function provideRequire(): void {
  if (!isBundled || typeof module !== 'undefined' || 'require' in globalThis) return
  Object.defineProperty(globalThis, 'require', { value: requireBuiltin, configurable: true, writable: true })
}

function requireBuiltin(name: string): object {
  const found = process.getBuiltinModule(name)
  if (found === undefined) throw new Error(`Cannot find module ${JSON.stringify(name)}`)
  return found
}
