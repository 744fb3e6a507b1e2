import { readdir, readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import {
  codecFolders,
  floors,
  importCycles,
  type Module,
  meetings,
  parseModule,
  protocolFolders,
  roomOf,
  siblingImports,
  upwardImports,
} from './architecture.js'

const src = fileURLToPath(new URL('../../src/', import.meta.url))
const names = await readdir(src, { recursive: true })
const paths = names.map(name => name.replaceAll('\\', '/')).filter(name => name.endsWith('.ts'))
const sources = new Map(
  await Promise.all(paths.map(async path => [path, await readFile(src + path, 'utf8')] as [string, string])),
)
const modules = paths.map(path => parseModule(path, sources.get(path) ?? ''))

function users(name: string): string[] {
  return modules
    .filter(({ packages }) => packages.some(one => one === name || one.startsWith(`${name}/`)))
    .map(({ path }) => path)
}

test('every room has its floor, and every import leads to a file', t => {
  t.true(paths.length > 50, 'the sources were found')
  const known = floors.flat()
  t.deepEqual(
    [...new Set(paths.map(roomOf))].filter(room => !known.includes(room)),
    [],
  )
  const there = new Set(paths)
  t.deepEqual(
    modules.flatMap(({ path, files }) => files.filter(file => !there.has(file)).map(file => `${path} imports ${file}`)),
    [],
  )
})

test('a file imports only from lower floors; client and server never meet', t => {
  t.deepEqual(upwardImports(modules), [])
})

test('there are no cycles, type imports included', t => {
  t.deepEqual(importCycles(modules), [])
})

test('one policy, balancer or resolver never knows another', t => {
  t.deepEqual(
    siblingImports(modules, 'policies', ['policies/built-in.ts']),
    [],
    'which lists those that hold by default',
  )
  t.deepEqual(siblingImports(modules, 'balancers', []), [])
  t.deepEqual(siblingImports(modules, 'resolvers', []), [])
})

test('one codec never knows another, and what codecs share knows none', t => {
  const folderOf = codecFolders(modules)
  t.deepEqual([...new Set(paths.map(folderOf))].filter(folder => folder !== undefined).sort(), [
    'codecs/avro',
    'codecs/json',
    'codecs/msgpack',
    'codecs/protobuf',
    'codecs/thrift',
    'codecs/xml',
  ])
  t.deepEqual(meetings(modules, folderOf), [])
  const shared = modules.filter(({ path }) => roomOf(path) === 'codecs' && folderOf(path) === undefined)
  t.deepEqual(
    shared.filter(({ path, files }) => path !== 'codecs/built-in.ts' && files.some(folderOf)).map(({ path }) => path),
    [],
  )
})

test('one protocol never knows another, and what protocols share knows none', t => {
  const folderOf = protocolFolders(modules)
  const folders = ['avro', 'grpc', 'http', 'memory', 'thrift'].map(name => `protocols/${name}`)
  t.deepEqual([...new Set(paths.map(folderOf))].filter(folder => folder !== undefined).sort(), folders)
  t.deepEqual(meetings(modules, folderOf), [])
  const shared = modules.filter(({ path }) => roomOf(path) === 'protocols' && folderOf(path) === undefined)
  t.deepEqual(
    shared
      .filter(({ path, files }) => path !== 'protocols/built-in.ts' && files.some(folderOf))
      .map(({ path }) => path),
    [],
  )
})

test('what Thrift and Avro share knows nothing of HTTP, and the other way round', t => {
  t.deepEqual(
    meetings(modules, path => /^protocols\/(pipelined|http1)\//.exec(path)?.[1]),
    [],
  )
})

/** The files of one role. Where protocols share it, it stands in one of their common folders. */
const roles: Readonly<Record<string, readonly string[]>> = {
  'client/dialer.ts': ['grpc', 'http', 'thrift', 'avro'],
  'client/link.ts': ['grpc', 'thrift', 'avro', 'http1', 'http2'],
  'client/bound-method.ts': ['grpc', 'http', 'thrift', 'avro'],
  'client/connection.ts': ['avro', 'pipelined'],
  'server/binding.ts': ['grpc', 'http', 'thrift', 'avro', 'pipelined'],
  'server/connection.ts': ['http', 'thrift', 'avro', 'pipelined'],
  'server/dispatch.ts': ['thrift', 'avro'],
  'server/served-method.ts': ['grpc', 'http', 'thrift', 'avro'],
  'server/served-request.ts': ['thrift', 'avro', 'pipelined'],
  'server/served-call.ts': ['grpc', 'http', 'pipelined'],
}

test('a role has the same file name in every protocol', t => {
  const missing = Object.entries(roles).flatMap(([role, folders]) =>
    folders.map(folder => `protocols/${folder}/${role}`).filter(path => !paths.includes(path)),
  )
  t.deepEqual(missing, [])
})

test("a protocol's client and server never meet, and only its protocol.ts knows both", t => {
  const halfOf = (path: string) => /^protocols\/[^/]+\/(client|server)\//.exec(path)?.[1]
  t.true(paths.some(path => halfOf(path) === 'client') && paths.some(path => halfOf(path) === 'server'))
  t.deepEqual(meetings(modules, halfOf), [])
  const formats = modules.filter(({ path }) => /^protocols\/[^/]+\/[^/]+\.ts$/.test(path))
  t.deepEqual(
    formats.filter(({ path, files }) => basename(path) !== 'protocol.ts' && files.some(halfOf)).map(({ path }) => path),
    [],
  )
})

/** The suites of a protocol; memory has no bytes that a peer could get wrong, and no other implementation. */
const suites = (room: string) => ['calls', 'life', ...(room === 'memory' ? [] : ['bad-peers', 'interop'])]

test('the tests of a protocol, a codec or a policy have its room, and every protocol has the same suites', async t => {
  const tests = (await readdir(fileURLToPath(new URL('../../test/', import.meta.url)), { recursive: true })).map(name =>
    name.replaceAll('\\', '/'),
  )
  const rooms = [...new Set(paths.flatMap(path => /^(?:protocols|policies)\/[^/]+(?=\/)/.exec(path)?.[0] ?? []))]
  const codecs = modules.map(({ path }) => codecFolders(modules)(path)).filter(folder => folder !== undefined)
  t.deepEqual(
    [...rooms, ...new Set(codecs)].filter(room => !tests.some(name => name.startsWith(`${room}/`))),
    [],
  )
  const protocols = rooms.filter(room => paths.includes(`${room}/protocol.ts`))
  const missing = protocols.flatMap(room =>
    suites(basename(room))
      .map(suite => `${room}/${suite}.test.ts`)
      .filter(file => !tests.includes(file)),
  )
  t.deepEqual(missing, [])
})

/** Compilers and bundlers whose native module is loaded into the thread that imports them. */
const nativeModules = /^import (?!type ).*from '(?:@swc\/core|vite|rollup|rolldown|lightningcss)'/m

test('no native module of a compiler runs in a thread of AVA, where a crash would end every test', async t => {
  const folder = fileURLToPath(new URL('../../test/', import.meta.url))
  const tests = (await readdir(folder, { recursive: true })).filter(name => name.endsWith('.ts'))
  const elsewhere = /^(package|interop|bench)[\\/]/
  const loading: string[] = []
  for (const name of tests.filter(name => !elsewhere.test(name))) {
    if (nativeModules.test(await readFile(folder + name, 'utf8'))) loading.push(name)
  }
  t.true(tests.length > 300, 'the tests were found')
  t.deepEqual(loading, [])
})

test('the HTTP/2 engine knows nothing of RPC', t => {
  const allowed = (file: string) =>
    file.startsWith('http2/') || ['core/clock.ts', 'core/timer-wheel.ts', 'core/id-table.ts'].includes(file)
  const engine = modules.filter(({ path }) => roomOf(path) === 'http2')
  t.deepEqual(
    engine.flatMap(({ path, files }) => files.filter(file => !allowed(file)).map(file => `${path} imports ${file}`)),
    [],
  )
})

test('each package is imported in one room, and the kernel imports none', t => {
  t.deepEqual(users('reflect-metadata').map(roomOf), ['decorators'])
  t.deepEqual([...new Set(users('inversify').map(roomOf))], ['inversify'])
  t.deepEqual([...new Set(users('@opentelemetry/api').map(roomOf))], ['opentelemetry'])
  t.deepEqual(users('@babel/parser'), ['bundler/tree.ts'])
  const kernel = modules.filter(({ path }) => ['core', 'schema'].includes(roomOf(path)))
  t.deepEqual(
    kernel.flatMap(({ packages }) => packages).filter(name => !name.startsWith('node:')),
    [],
  )
})

/** Of `exports` in package.json: `polywire/extend`, `polywire` and a folder for each of the others. */
const entries = [
  'bundler/index.ts',
  'extend.ts',
  'fetch/index.ts',
  'index.ts',
  'inversify/index.ts',
  'opentelemetry/index.ts',
  'tanstack/index.ts',
  'testing/index.ts',
  'web/index.ts',
]

test('only the entry points of the package are barrels, and nothing imports them', t => {
  t.deepEqual(
    modules.filter(({ files }) => entries.some(entry => files.includes(entry))),
    [],
  )
  const barrels = paths.filter(path => ['index.ts', 'extend.ts'].includes(basename(path)))
  t.deepEqual(barrels.sort(), entries)
})

test('no file has a name that says nothing', t => {
  const empty = /^(utils?|common|helpers?|types?|interfaces?|misc|shared)$/
  t.deepEqual(
    paths.filter(
      path =>
        path !== 'schema/type.ts' &&
        path
          .replace(/\.ts$/, '')
          .split('/')
          .some(part => empty.test(part)),
    ),
    [],
  )
})

/** Files that are over the alarm; each is to be split, and none may be added without a reason. */
const tooLong: readonly string[] = []

test('no file is longer than 300 lines', t => {
  const long = paths.filter(path => (sources.get(path) ?? '').trimEnd().split('\n').length > 300)
  t.deepEqual(long.sort(), tooLong, 'split the file; one that was split leaves the list')
})

// The checks themselves, on houses that are built wrong.

function house(files: Readonly<Record<string, string>>): Module[] {
  return Object.entries(files).map(([path, source]) => parseModule(path, source))
}

test('every form of import is found', t => {
  const source = `
    import one, { type Two } from './two.js'
    import type { Three } from '../schema/three.js'
    import {
      four,
      five,
    } from "../core/four.js"
    import 'reflect-metadata/lite'
    export { six } from './six.js'
    export * from './seven.js'
    export type { Eight } from './eight.js'
    const nine = await import('../nine.js')
    type Ten = import('./ten.js').Ten
    import * as fs from 'node:fs'
  `
  const { files, packages } = parseModule('core/a.ts', source)
  t.deepEqual([...files].sort(), [
    'core/eight.ts',
    'core/four.ts',
    'core/seven.ts',
    'core/six.ts',
    'core/ten.ts',
    'core/two.ts',
    'nine.ts',
    'schema/three.ts',
  ])
  t.deepEqual([...packages].sort(), ['node:fs', 'reflect-metadata/lite'])
})

test('a house with stairs that lead upward is told', t => {
  const wrong = house({
    'core/a.ts': `import type { B } from '../schema/b.js'`,
    'schema/b.ts': `import '../core/a.js'`,
    'client/c.ts': `import { d } from '../server/d.js'`,
    'server/d.ts': `import { e } from '../attic/e.js'`,
  })
  t.deepEqual(upwardImports(wrong), [
    'core/a.ts imports schema/b.ts',
    'client/c.ts imports server/d.ts',
    'server/d.ts imports attic/e.ts',
  ])
  t.deepEqual(importCycles(wrong), ['core/a.ts -> schema/b.ts -> core/a.ts'])
})

test('siblings that know each other are told', t => {
  const wrong = house({
    'balancers/built-in.ts': `import { random } from './random.js'\nimport { adaptive } from './adaptive.js'`,
    'balancers/random.ts': `import { weights } from './weights.js'\nimport type { Balancer } from './balancer.js'`,
    'balancers/adaptive.ts': `import { random } from './random.js'`,
  })
  t.deepEqual(siblingImports(wrong, 'balancers', []), ['balancers/adaptive.ts imports balancers/random.ts'])
})

test('codecs that know each other are told', t => {
  const wrong = house({
    'codecs/json/codec.ts': `import { text } from './text.js'\nimport { Fault } from '../values/fault.js'`,
    'codecs/json/text.ts': '',
    'codecs/xml/codec.ts': `import { text } from '../json/text.js'`,
    'codecs/values/fault.ts': '',
  })
  t.deepEqual(meetings(wrong, codecFolders(wrong)), ['codecs/xml/codec.ts imports codecs/json/text.ts'])
})
