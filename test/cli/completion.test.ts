import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { Language, Parser } from 'web-tree-sitter'
import { commands } from '../../src/cli/commands.js'
import { sharedFlags } from '../../src/cli/flags.js'
import { polywire, polywireIn, root } from './cli.js'
import { folder } from './folder.js'

async function words(line: string): Promise<string[]> {
  const { out, err } = await polywire(['completion', 'words', '--', line])
  return err === '' ? out.split('\n').slice(0, -1) : [err]
}

test('commands, flags and the values of flags are completed', async t => {
  t.deepEqual(await words('polywire he'), ['health', 'help'])
  t.deepEqual(await words('polywire help d'), ['describe', 'doctor', 'data'])
  t.deepEqual(await words('polywire call --connect'), ['--connect-timeout'])
  t.deepEqual(await words('polywire bench :8080 Ping --arr'), ['--arrivals'])
  t.deepEqual(await words('polywire bench :8080 Ping --arrivals '), ['uniform', 'poisson'])
  t.deepEqual(await words('polywire ls --color a'), ['auto', 'always'])
  t.deepEqual(await words('polywire call :8080 Ping --compression '), ['gzip', 'deflate', 'br', 'zstd'])
  t.deepEqual(await words('polywire describe :8080 --as op'), ['openapi'])
  t.deepEqual(await words('polywire completion f'), ['fish'])
  t.deepEqual(await words('polywire check --deploy '), ['servers-first', 'clients-first'])
  t.deepEqual(await words('polywire check --wires t'), ['thrift'])
  t.deepEqual(await words('polywire init --package '), ['npm', 'pnpm', 'yarn', 'bun'])
  t.deepEqual(await words('polywire doctor co'), ['copies', 'config', 'contracts'])
  t.deepEqual(await words('polywire call --cacert '), [], 'the shell knows files')
})

test('every command and every flag is completed', async t => {
  t.deepEqual(await words('polywire '), [...commands.map(({ name }) => name), 'help'])
  for (const { name, flags } of commands) {
    const all = Object.keys({ ...sharedFlags, ...flags }).map(flag => `--${flag}`)
    t.deepEqual(await words(`polywire ${name} --`), all)
  }
})

test('targets of the project file and methods of its contracts are completed', async t => {
  const cwd = await folder(t)
  const contracts = [join(root, 'build/test/fixtures/hello.js'), 'missing.ts']
  await writeFile(join(cwd, 'polywire.json'), JSON.stringify({ contracts, targets: { dev: ':8080', prod: ':8081' } }))
  const ask = async (line: string) => (await polywireIn(cwd, ['completion', 'words', '--', line])).out
  t.is(await ask('polywire call '), 'dev\nprod\n')
  t.is(await ask('polywire call -v dev hello.Hello/S'), 'hello.Hello/SayHello\n')
  t.is(await ask('polywire tap :9000 p'), 'prod\n')
})

test('bash completes with the script', async t => {
  const { out: script } = await polywire(['completion', 'bash'])
  const main = join(root, 'build/src/cli/main.js')
  const program = `polywire() { '${process.execPath}' --conditions=polywire-development '${main}' "$@"; }
    ${script}
    COMP_LINE='polywire ex' COMP_POINT=11
    _polywire
    printf '%s,' "\${COMPREPLY[@]}"`
  const { stdout } = await promisify(execFile)('bash', ['-c', program])
  t.is(stdout, 'export,explain,')
})

test('other shells have a script too, and an unknown one is an error', async t => {
  for (const shell of ['zsh', 'fish', 'powershell'])
    t.regex((await polywire(['completion', shell])).out, /polywire completion words /)
  const { code, err } = await polywire(['completion', 'bsh'])
  t.deepEqual(
    [code, err],
    [2, 'polywire: there is no completion for "bsh". Did you mean bash?\n  polywire completion bash\n'],
  )
})

/** Neither Debian nor npm has PowerShell, so its script is read by a grammar of it and not run. */
test('the script of PowerShell is PowerShell', async t => {
  await Parser.init()
  const grammar = createRequire(import.meta.url).resolve('tree-sitter-powershell/tree-sitter-powershell.wasm')
  const parser = new Parser().setLanguage(await Language.load(grammar))
  const rootOf = (text: string) => parser.parse(text)?.rootNode
  const { out } = await polywire(['completion', 'powershell'])
  t.false(rootOf(out)?.hasError, rootOf(out)?.toString())
  t.true(rootOf(out.replace('}', ''))?.hasError)
  const named = (type: string) =>
    rootOf(out)
      ?.descendantsOfType(type)
      .map(node => node?.text) ?? []
  t.deepEqual(named('script_parameter'), ['$word', '$ast', '$cursor'])
  t.deepEqual(named('command_name'), ['Register-ArgumentCompleter', 'polywire', 'ForEach-Object'])
})
