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
    t.is(await compiled(project, flags), '')
  })

  test.serial(`so it does with no flag beyond strict, as in the guides: ${mode}`, async t => {
    const strict = ['exactOptionalPropertyTypes', 'noUncheckedIndexedAccess', 'noImplicitOverride']
    const errors = await compiled(project, [...flags, ...strict.flatMap(flag => [`--${flag}`, 'false'])])
    // The sources are written for these flags, and a user compiles declarations instead of them.
    t.deepEqual(
      errors.split('\n').filter(line => line.startsWith('test/')),
      [],
    )
  })
}

/** What the compiler says about a project. */
async function compiled(project: string, flags: readonly string[]): Promise<string> {
  const args = [tsc, '-p', join(root, project), ...flags]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root }).catch(
    (error: { stdout: string }) => error,
  )
  return stdout
}
