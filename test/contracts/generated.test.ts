import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, posix, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import type { SourceModel } from '../../src/idl/model.js'
import { readSources } from '../../src/idl/read-source.js'
import { writeTypeScript } from '../../src/idl/typescript/write.js'

const repository = fileURLToPath(new URL('../../..', import.meta.url))
const kept = join(repository, 'src/contracts')

/** By what `polywire` exports, the module of src that has it: files in src import no entry. */
async function modules(): Promise<ReadonlyMap<string, string>> {
  const index = await readFile(join(repository, 'src/index.ts'), 'utf8')
  const found = new Map<string, string>()
  for (const [, names = '', path = ''] of index.matchAll(/^export (?:type )?\{([^}]*)\} from '\.\/([^']+)'/gm))
    for (const name of names.split(',')) found.set(name.trim().replace(/^type /, ''), path)
  return found
}

async function filesIn(folder: string, ending: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true })
  return names
    .map(name => name.replaceAll('\\', '/'))
    .filter(name => name.endsWith(ending))
    .sort()
}

/** Those that imports cannot write, since what reads or carries them needs them first. */
const written: readonly string[] = [
  'codecs/protobuf/any.ts',
  'decorators/empty.ts',
  'idl/proto/plugin.ts',
  'protocols/standard-services/descriptor-features.ts',
  'protocols/standard-services/descriptor-messages.ts',
  // A generated service under the name that it had in v1alpha.
  'protocols/standard-services/reflection.ts',
]

test('no other message of protobuf, gRPC or etcd is written by hand', async t => {
  const src = join(repository, 'src')
  const found: string[] = []
  for (const name of await filesIn(src, '.ts')) {
    const text = name.startsWith('contracts/') ? '' : await readFile(join(src, name), 'utf8')
    if (/^@(?:Message|Service)\('(?:google|grpc|xds|etcdserverpb|mvccpb)\./m.test(text)) found.push(name)
  }
  t.deepEqual(found, written)
})

test('the contracts that polywire uses itself are those of the .proto files in proto/', async t => {
  const proto = join(repository, 'proto')
  const paths = (await filesIn(proto, '.proto')).map(name => join(proto, name))
  const { files } = await readSources(paths, [proto])
  const known = await modules()
  const moduleOf = (name: string, { path }: SourceModel) => {
    const found = known.get(name)
    if (found === undefined) throw new Error(`src/index.ts does not export ${name} from a module`)
    return posix.relative(posix.dirname(`contracts/${path}`), found)
  }
  const command = ({ source }: SourceModel) =>
    `${relative(repository, source).replaceAll('\\', '/')} -I proto -o src/contracts (npm run contracts)`
  const expected = writeTypeScript(files, command, moduleOf)
  if (process.env.POLYWIRE_WRITE_CONTRACTS)
    for (const { path, text } of expected) {
      await mkdir(dirname(join(kept, path)), { recursive: true })
      await writeFile(join(kept, path), text)
    }
  t.deepEqual(await filesIn(kept, '.ts'), expected.map(({ path }) => path).sort())
  for (const { path, text } of expected)
    t.is(await readFile(join(kept, path), 'utf8'), text, `${path}: run npm run contracts`)
})
