import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Place } from './cell.js'

/** What vite 8 and vitest 5 say of standard decorators: they leave them as they are, and Node cannot run them. */
export const untranslated = /Invalid or unexpected token/

/** Configures vite so that esbuild translates TypeScript, as docs/guide/bundling.md shows. */
export async function placePlugin({ folder, tools }: Place): Promise<void> {
  const config = `
    const file = ${JSON.stringify(`file://${tools.path('esbuild/lib/main.js')}`)}
    const { transform } = await import(file)
    const plugin = {
      name: 'standard-decorators',
      enforce: 'pre',
      async transform(code, id) {
        if (!id.endsWith('.ts')) return
        const result = await transform(code, { loader: 'ts', target: 'node20', sourcefile: id, sourcemap: true })
        return { code: result.code, map: result.map }
      },
    }
    export default { plugins: [plugin] }`
  await writeFile(join(folder, 'vite.config.mjs'), config)
}
