import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '../installed.js'
import type { Place } from './cell.js'

const consumer = join(root, 'test/package/toolchains/consumer.ts')

/** What follows the program: it runs by itself, or as a test. */
const endings = {
  program: `
check().then(
  outcome => console.log(outcome),
  (error: unknown) => {
    console.error(error)
    process.exitCode = 1
  },
)
`,
  test: `
declare const test: (name: string, run: () => Promise<void>) => void
declare const expect: (value: unknown) => { toBe(expected: unknown): void }
test('consumer', async () => {
  expect(await check()).toBe('ok')
})
`,
}

export interface Project {
  readonly type: 'module' | 'commonjs'
  /** Compiler options besides those that every project has. */
  readonly options: object
  /** Default: `program`. */
  readonly as?: keyof typeof endings
}

/** Writes a project into the cell's folder: `main.ts`, or `main.test.ts` for a test. */
export async function place(
  { folder, decorators }: Pick<Place, 'folder' | 'decorators'>,
  { type, options, as = 'program' }: Project,
): Promise<void> {
  const compilerOptions = {
    target: 'es2022',
    strict: true,
    ...(decorators === 'legacy' && { experimentalDecorators: true }),
    types: ['node'],
    skipLibCheck: true,
    rootDir: '.',
    outDir: 'out',
    ...options,
  }
  const file = as === 'test' ? 'main.test.ts' : 'main.ts'
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type }))
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }))
  await writeFile(join(folder, file), `${await readFile(consumer, 'utf8')}${endings[as]}`)
}
