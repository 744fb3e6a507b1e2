import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'
import { commands } from '../../src/cli/commands.js'
import { commandHelp, sharedHelp } from '../../src/cli/help.js'
import { polywire, polywireIn, root } from './cli.js'
import { projectWith } from './folder.js'

test('--help loads the code of no command, and no package', async t => {
  const seen = new Set<string>()
  const queue = [new URL('../../src/cli/main.js', import.meta.url)]
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (seen.has(file.href)) continue
    seen.add(file.href)
    const source = await readFile(file, 'utf8')
    for (const [, name = ''] of source.matchAll(/^(?:import|export)\b[^'"(=]*\bfrom ['"]([^'"]+)['"]/gm)) {
      if (name.startsWith('node:')) continue
      t.true(name.startsWith('.'), `${file.href} imports ${name}`)
      queue.push(new URL(name, file))
    }
  }
  const names = [...seen].map(href => basename(fileURLToPath(href), '.js')).sort()
  t.deepEqual(
    names,
    [
      'arguments',
      'cli-error',
      'color',
      'commands',
      'commands-talk',
      'flags',
      'help',
      'main',
      'nearest',
      'own-copy',
      'package-file',
      'pasted',
      'run',
      'version',
    ],
    'what every command line waits for',
  )
})

test('a global polywire hands over to the copy of the project', async t => {
  const own = {
    'node_modules/polywire/package.json': { name: 'polywire', type: 'module', bin: { polywire: './main.js' } },
    'node_modules/polywire/main.js': "console.log('own', ...process.argv.slice(2)); process.exitCode = 7",
    'src/a.txt': '',
  }
  const cwd = await projectWith(t, own)
  t.deepEqual(await polywireIn(join(cwd, 'src'), ['ls', ':1']), { code: 7, out: 'own ls :1\n', err: '' })
})

/** Prints the CPU time of a process when it ends: microseconds. */
const meter = `data:text/javascript,process.on('exit',()=>{const{user,system}=process.cpuUsage();process.stderr.write(String(user+system))})`

async function cpuOf(...line: readonly string[]): Promise<number> {
  const node = ['--import', meter, '--conditions=polywire-development', ...line]
  return Number((await promisify(execFile)(process.execPath, node)).stderr)
}

test('--help costs little more than Node itself', async t => {
  const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url))
  // Of several runs the cheapest is the one that other programs disturbed least.
  const least = { bare: Number.POSITIVE_INFINITY, help: Number.POSITIVE_INFINITY }
  for (let run = 0; run < 5; run++) {
    least.bare = Math.min(least.bare, await cpuOf('-e', '0'))
    least.help = Math.min(least.help, await cpuOf(main, '--help'))
  }
  t.true(least.help < 2.5 * least.bare, JSON.stringify(least))
})

test('help is the same by flag and by command', async t => {
  for (const { name } of commands) {
    const [one, other] = [await polywire([name, '--help']), await polywire(['help', name])]
    t.is(one.code, 0)
    t.is(one.out, other.out)
  }
})

test('help has topics, and a typing error names the nearest', async t => {
  for (const topic of ['targets', 'data', 'exit-codes', 'json']) {
    const { code, out } = await polywire(['help', topic])
    t.is(code, 0)
    for (const line of out.split('\n')) t.true(line.length <= 120, line)
  }
  t.regex((await polywire(['help', 'exit-codes'])).out, /^ {2}78 +the call ended with unavailable$/m)
  t.regex((await polywire(['help', 'cal'])).err, /Did you mean call\?/)
  const [first, second] = (await polywire(['-V', '-v'])).out.split('\n')
  t.regex(`${first} ${second}`, /^polywire \d+\.\d+\.\d+ Node \d+\./)
})

test('--json has help, the version and completion as data', async t => {
  const document = async (...line: string[]) => JSON.parse((await polywire([...line, '--json'])).out) as Document
  const all = await document('help')
  t.deepEqual(
    all.commands?.map(({ name }) => name),
    commands.map(({ name }) => name),
  )
  t.true(all.flags?.some(({ name, short }) => name === 'contract' && short === 'c'))
  t.deepEqual(await document(), all)
  const call = await document('call', '--help')
  t.like(call, { schema: 'polywire.help/1', commands: { 0: { name: 'call', group: 'talk' }, length: 1 } })
  t.deepEqual(await document('help', 'call'), call)
  t.deepEqual((await document('help', 'flags')).flags, all.flags)
  const { topic } = await document('help', 'exit-codes')
  t.true(topic?.entries.some(({ term, meaning }) => term === '78' && meaning === 'the call ended with unavailable'))
  t.like(await document('-V'), { schema: 'polywire.version/1', node: process.versions.node })
  t.regex(String((await document('completion', 'bash')).script), /^_polywire\(\) \{/)
  t.deepEqual((await document('completion', 'words', 'polywire desc')).words, ['describe'])
  const wrong = await polywire(['help', 'toString', '--json'])
  t.like(JSON.parse(wrong.out), { schema: 'polywire.error/1', message: 'there is no command toString', exit: 2 })
})

interface Document {
  readonly commands?: readonly { readonly name: string }[]
  readonly flags?: readonly { readonly name: string; readonly short?: string }[]
  readonly topic?: { readonly entries: readonly { readonly term: string; readonly meaning: string }[] }
  readonly script?: string
  readonly words?: readonly string[]
}

test('docs/reference/cli.md has the help of every command as it is printed', async t => {
  const page = await readFile(join(root, 'docs/reference/cli.md'), 'utf8')
  const blocks = [sharedHelp(), ...commands.map(commandHelp)]
  for (const block of blocks) t.true(page.includes(`\`\`\`text\n${block}\`\`\`\n`), block.split('\n')[0])
})

test('topics fold on a narrow terminal', async t => {
  const { out } = await polywire(['help', 'exit-codes'], { columns: 40 })
  const rows = out.trimEnd().split('\n').slice(2)
  t.deepEqual(
    rows.filter(line => line.length > 40),
    [],
  )
})
