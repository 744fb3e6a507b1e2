import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { polywire } from './cli.js'
import { folder } from './folder.js'

const files = [
  '.dockerignore',
  '.gitignore',
  'Dockerfile',
  'README.md',
  'package.json',
  'polywire.json',
  'src/client.ts',
  'src/contract.ts',
  'src/server.ts',
  'src/service.ts',
  'test/hello.test.ts',
  'tsconfig.json',
]

test('init writes a project, and names what comes next', async t => {
  const cwd = join(await folder(t), 'My Greeter')
  const { code, out, err } = await polywire(['init', cwd])
  t.deepEqual({ code, err }, { code: 0, err: '' })
  t.true(out.endsWith(`  cd ${cwd} && npm install && npm test && npm start\n`))
  const written = await readdir(cwd, { recursive: true, withFileTypes: true })
  const names = written.filter(one => one.isFile()).map(one => join(one.parentPath, one.name).slice(cwd.length + 1))
  t.deepEqual(names.sort(), files)
  const manifest = JSON.parse(await readFile(join(cwd, 'package.json'), 'utf8')) as {
    name: string
    dependencies: object
  }
  t.is(manifest.name, 'my-greeter')
  t.deepEqual(Object.keys(manifest.dependencies), ['polywire'])
})

test('it writes only what is missing, and replaces nothing unless told', async t => {
  const cwd = await folder(t)
  await polywire(['init', cwd])
  const [server, client] = [join(cwd, 'src/server.ts'), join(cwd, 'src/client.ts')]
  await rm(client)
  const again = await polywire(['init', cwd, '--json'])
  t.deepEqual(JSON.parse(again.out), { schema: 'polywire.init/1', folder: cwd, files: ['src/client.ts'] })
  await writeFile(server, '// mine')
  await rm(client)
  const refused = await polywire(['init', cwd])
  t.is(refused.code, 2)
  t.is(refused.err, `polywire: ${server} is there already and differs; nothing was written. To replace it: --force\n`)
  await t.throwsAsync(readFile(client))
  t.is(await readFile(server, 'utf8'), '// mine')
  t.is((await polywire(['init', cwd, '--force', '-q'])).code, 0)
  t.regex(await readFile(server, 'utf8'), /await serve\(/)
})
