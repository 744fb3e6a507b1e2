import { join } from 'node:path'
import test from 'ava'
import { build } from 'esbuild'
import { rollup } from 'rollup'
import { root } from './installed.js'

// Bundlers say nothing of what is in node_modules, so these bundle dist/ itself, as of a linked package.

for (const entry of ['index', 'web/index', 'page/web/index', 'page/tanstack/index']) {
  test(`esbuild bundles dist/${entry}.js without a warning`, async t => {
    const { warnings } = await build({
      stdin: { contents: `import * as entry from './dist/${entry}.js'; console.log(entry)`, resolveDir: root },
      bundle: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      write: false,
      logLevel: 'silent',
    })
    t.deepEqual(
      warnings.map(({ text }) => text),
      [],
    )
  })

  test(`rollup bundles dist/${entry}.js without a warning`, async t => {
    const warnings: string[] = []
    const bundle = await rollup({
      input: join(root, `dist/${entry}.js`),
      external: id => !/^[./]/.test(id),
      onwarn: ({ message }) => warnings.push(message),
    })
    await bundle.generate({ format: 'es' })
    await bundle.close()
    t.deepEqual(warnings, [])
  })
}
