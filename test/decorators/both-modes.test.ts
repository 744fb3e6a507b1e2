import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { compiledFolder, compilers, root, run } from '../support/compile.js'

const folder = await compiledFolder()
test.after.always(() => folder.remove())

const files = ['services.ts', 'program.ts'].map(name => join(root, 'test/fixtures/both', name))

interface Described {
  readonly name: string
  readonly docs: readonly (string | null)[]
  readonly methods: readonly { readonly path: string; readonly input: string }[]
}

const described: Promise<string>[] = []

for (const [mode, byName] of Object.entries(compilers)) {
  for (const [name, compile] of Object.entries(byName)) {
    test.serial(`services that both modes can compile run over every wire: ${mode} decorators of ${name}`, async t => {
      const out = join(folder.path, `${mode}-${name.replaceAll(/\W/g, '-')}`)
      await compile(files, out)
      const program = run(process.execPath, ['--conditions=polywire-development', join(out, 'program.js')])
      described.push(program.then(({ stdout }) => stdout))
      const services = JSON.parse((await program).stdout) as Described[]
      t.is(
        services[0]?.methods[0]?.input,
        'both.Everything { at=1 timestamp explicit undefined; name=2 string implicit ; times=3 int32 explicit undefined; ' +
          'counts=4 map implicit [object Map]; children=5 list of both.Everything implicit ; color=6 enum explicit 1; ' +
          'limit=7 int32 explicit 10; contact=undefined email=8 string or phone=9 int64 explicit undefined }',
      )
      t.deepEqual(services[0]?.docs, ['Works in both modes.', 'Has a field of each kind.', 'A name.', 'Says it again.'])
      t.deepEqual(
        services.map(service => service.methods.length),
        [7, 7, 2],
      )
      t.is((await described[0]) ?? '', (await program).stdout, 'all compilers say the same')
    })
  }
}

test.serial('a Symbol.metadata of the runtime or of another library is used as it is', async t => {
  const out = join(folder.path, 'other-symbol')
  await compilers.standard.tsc(files, out)
  const theirs = 'globalThis.theirs = Symbol(); Object.defineProperty(Symbol, "metadata", { value: theirs })'
  const check = `
    const { Both } = await import('./services.js')
    if (Symbol.metadata !== theirs || !Object.hasOwn(Both, theirs)) throw new Error('another symbol')
    await import('./program.js')`
  await writeFile(join(out, 'check.js'), check)
  const args = [
    '--conditions=polywire-development',
    '--import',
    `data:text/javascript,${theirs}`,
    join(out, 'check.js'),
  ]
  t.regex((await run(process.execPath, args)).stdout, /both\.Both/)
})
