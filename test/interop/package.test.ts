import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../..', import.meta.url))

async function readmeExample(): Promise<string> {
  const readme = await readFile(join(root, 'README.md'), 'utf8')
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1]
  if (example === undefined) throw new Error('the README has no example')
  return `${example}\nawait disconnect(hello)\nawait server.close()\n`
    .replace('import { connect,', 'import { connect, disconnect,')
    .replace('port: 8080', 'port: 0')
    .replace("'grpc://127.0.0.1:8080'", '`grpc://$' + '{server.address}`')
}

test('the packed package, installed in an empty project, runs the README example and holds only what users need', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'polywire-package-'))
  try {
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root })
    const listing = JSON.parse(stdout.slice(stdout.indexOf('['))) as [{ filename: string; files: { path: string }[] }]
    const [packed] = listing
    const tops = new Set(packed.files.map(file => file.path.split('/')[0]))
    t.deepEqual([...tops].sort(), ['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json'])

    await writeFile(join(folder, 'package.json'), '{"name":"empty","private":true,"type":"module"}')
    await run('npm', ['install', '--no-audit', '--no-fund', join(folder, packed.filename), '@types/node@20'], {
      cwd: folder,
    })
    await writeFile(join(folder, 'example.ts'), await readmeExample())
    const options = [
      '--target',
      'es2022',
      '--module',
      'nodenext',
      '--strict',
      '--experimentalDecorators',
      '--types',
      'node',
    ]
    await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...options, 'example.ts'], {
      cwd: folder,
    })
    const example = await run(process.execPath, ['example.js'], { cwd: folder })
    t.is(example.stdout, 'Hello, World!\n')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
