import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { exportFormats } from '../../src/idl/formats.js'
import { contractOf } from '../../src/idl/module-contract.js'
import { readSources } from '../../src/idl/read-source.js'
import { installedTool, runTool, systemTool, type Tool } from '../../src/idl/tool.js'
import { writeTypeScript } from '../../src/idl/typescript/write.js'
import {
  Doc,
  Field,
  int32,
  Message,
  Method,
  RpcError,
  Service,
  string,
  Throws,
  unimplemented,
} from '../../src/index.js'
import { imported } from './imported.js'

@Message('zoo.v1.Key')
class Key {
  @Field(1, string) id = ''
}

/** No animal has the id. */
@Message('zoo.v1.NotFound', { code: 'not_found', message: 3 })
class NotFound extends RpcError {
  @Field(1, string) id = ''
}

@Message('zoo.v1.Closed')
class Closed extends RpcError {
  @Field(1, int32) hour = 0
}

@Service('zoo.v1.Zoo')
class Zoo {
  /** Finds an animal. */
  @Doc('Finds an animal.')
  @Method({ accepts: Key, returns: Key })
  @Throws(NotFound, Closed)
  find(_key: Key): Promise<Key> {
    return unimplemented()
  }
  @Method({ accepts: Key, returns: Key }) feed(_key: Key): Promise<Key> {
    return unimplemented()
  }
}

const contract = contractOf({ Zoo, NotFound, Closed })
const schemas = fileURLToPath(new URL('../../../schemas', import.meta.url))

test('an exported .proto has declared errors below its comments, and needs no other file', async t => {
  const [{ text } = { text: '' }] = exportFormats.proto.write(contract)
  t.false(text.includes('import'), text)
  t.true(
    text.includes('// Finds an animal.\n  //\n  // polywire:throws zoo.v1.NotFound, zoo.v1.Closed\n  rpc Find('),
    text,
  )
  t.true(text.includes('// polywire:error code=not_found text=message\nmessage NotFound {'), text)
  t.true(text.includes('// polywire:error\nmessage Closed {'), text)
})

test('what is exported as .proto is imported with its errors', async t => {
  const { services, messages } = await imported(t, exportFormats.proto, contract)
  const [find, feed] = services[0]?.methods ?? []
  t.deepEqual([find?.doc, feed?.throws], ['Finds an animal.', []])
  t.deepEqual(
    find?.throws.map(({ name, isError }) => [name, isError]),
    [
      ['zoo.v1.NotFound', true],
      ['zoo.v1.Closed', true],
    ],
  )
  const error = find?.throws[0]?.class
  t.is(error && new (error as new (text: string) => RpcError)('gone').code, 5)
  t.is(messages.length, 3)
})

async function read(t: ExecutionContext, text: string, includes: readonly string[] = []) {
  const cwd = await mkdtemp(join(tmpdir(), 'polywire-errors-'))
  t.teardown(() => rm(cwd, { recursive: true, force: true }))
  const path = join(cwd, 'zoo.proto')
  await writeFile(path, text)
  return { cwd, path, ...(await readSources([path], includes.length === 0 ? [] : [cwd, ...includes])) }
}

test('a .proto may declare errors by the options of polywire, too', async t => {
  const { files } = await read(
    t,
    `syntax = "proto3"; package zoo.v1; import "polywire/options.proto";
    message Key { string id = 1; }
    message NotFound { option (polywire.error) = { code: "not_found", text: "why" }; string why = 1; string id = 2; }
    service Zoo { rpc Find(Key) returns (Key) { option (polywire.throws) = "zoo.v1.NotFound"; } }`,
    [schemas],
  )
  const [{ text } = { text: '' }] = writeTypeScript(files, () => '')
  t.true(text.includes("@Message('zoo.v1.NotFound', { message: { number: 1, name: 'why' }, code: 'not_found' })"), text)
  t.true(text.includes('@Throws(NotFound)\n  find('), text)
})

test('an error that no file declares, or no message can be, is left out with a note', async t => {
  const { files, notes, path } = await read(
    t,
    `syntax = "proto3"; package zoo.v1; import "google/protobuf/timestamp.proto";
    message Key { google.protobuf.Timestamp at = 1; }
    // polywire:error code=nonsense text=nowhere
    message Closed { int32 nowhere = 1; }
    service Zoo {
      // polywire:throws Closed, Gone, google.protobuf.Timestamp
      rpc Find(Key) returns (Key);
    }`,
  )
  t.deepEqual(
    notes,
    ['Gone', 'google.protobuf.Timestamp'].map(
      name => `${path}:7:7: Find: it throws ${name}, which is left out: no file here declares it`,
    ),
  )
  const messages = files.flatMap(file => file.messages)
  t.like(
    messages.find(({ name }) => name === 'zoo.v1.Closed'),
    { isError: true, doc: undefined, fields: [{ name: 'nowhere' }] },
  )
})

test('buf and protoc accept the export and the options', async t => {
  const cwd = await mkdtemp(join(tmpdir(), 'polywire-errors-'))
  t.teardown(() => rm(cwd, { recursive: true, force: true }))
  await writeFile(join(cwd, 'zoo.proto'), exportFormats.proto.write(contract)[0]?.text ?? '')
  const buf = installedTool('@bufbuild/buf', 'buf') as Tool
  t.like(await runTool(buf, ['build', cwd, '-o', join(cwd, 'zoo.binpb')]), { status: 'ok', said: '' })
  const roots = [`-I${cwd}`, `-I${schemas}`]
  const compiled = await runTool(systemTool('protoc'), [
    ...roots,
    'zoo.proto',
    'polywire/options.proto',
    '-o',
    '/dev/null',
  ])
  t.true(compiled.status === 'missing' || compiled.said === '', compiled.said)
})
