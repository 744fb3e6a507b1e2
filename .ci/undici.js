// The part of undici that calls over HTTP/1.1 use, as one file. The reasons and figures are in docs/decisions/bundled-dist.md.
import { build } from 'esbuild'

/** Makes the library import that file, by a name that means it from every folder of dist and that bundlers follow. */
export const importUndici = {
  name: 'import-undici',
  setup({ onResolve }) {
    onResolve({ filter: /^undici\/index\.js$/ }, () => ({ path: '#undici', external: true }))
  },
}

/** Node's modules without a `require`, which an ES module does not have. */
const builtins = {
  name: 'builtins',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'builtin' }))
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('${path}')`,
    }))
  },
}

/**
 * Bundles undici's client, without `fetch`, mocks and proxies, which are most of undici. It shares nothing with the chunks: wherever a loader
 * makes a second copy of what it imports late, that is a copy of this file alone.
 *
 * @returns esbuild's metafile
 */
export async function buildUndici(outfile) {
  const client = `export { default as Client } from './node_modules/undici/lib/dispatcher/client.js'`
  const { metafile } = await build({
    stdin: { contents: client, resolveDir: process.cwd() },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    metafile: true,
    logLevel: 'warning',
    plugins: [builtins],
  })
  return metafile
}
