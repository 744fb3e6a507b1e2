import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')

/** An `@ts-expect-error` that meets no error is one itself, so silence means that everything was accepted and refused as written. */
const modes = {
  'experimentalDecorators, emitDecoratorMetadata true': ['test/types', '--emitDecoratorMetadata', 'true'],
  'experimentalDecorators, emitDecoratorMetadata false': ['test/types', '--emitDecoratorMetadata', 'false'],
  'standard decorators': ['test/types/standard'],
}

for (const [mode, [project = '', ...flags]] of Object.entries(modes)) {
  test.serial(`the compiler holds wire types against TypeScript types: ${mode}`, async t => {
    const args = [tsc, '-p', join(root, project), ...flags]
    const { stdout } = await promisify(execFile)(process.execPath, args).catch((error: { stdout: string }) => error)
    t.is(stdout, '')
  })
}
