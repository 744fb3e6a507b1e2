import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { serviceOf } from '../../src/decorators/read-service.js'
import { compare, verdictOf } from '../../src/idl/check/compare.js'
import { contractOfModels, snapshotOf } from '../../src/idl/check/snapshot.js'
import { exportFormats, type FormatName } from '../../src/idl/formats.js'
import { lockOf } from '../../src/idl/lock/write.js'
import { contractOf } from '../../src/idl/module-contract.js'
import { readSources } from '../../src/idl/read-source.js'
import { Http, int32, Method, Service, unimplemented } from '../../src/index.js'
import { describe } from '../../src/protocols/standard-services/descriptors.js'
import { polywire } from '../cli/cli.js'
import { projectWith } from '../cli/folder.js'

@Service('old.Shop', { deprecated: true })
class Shop {
  @Method({ args: { id: int32 }, returns: int32, deprecated: true })
  buy(_id: number): Promise<number> {
    return unimplemented()
  }

  @Method({ args: { id: int32 }, returns: int32 })
  order(_id: number): Promise<number> {
    return unimplemented()
  }
}

@Service('old.Shop')
class NewShop {
  @Method({ args: { id: int32 }, returns: int32 })
  buy(_id: number): Promise<number> {
    return unimplemented()
  }

  @Method({ args: { id: int32 }, returns: int32 })
  order(_id: number): Promise<number> {
    return unimplemented()
  }
}

/** By service and method. */
async function readFrom(t: ExecutionContext, name: string, text: string) {
  const cwd = await projectWith(t, { [name]: text })
  const { services } = contractOfModels((await readSources([join(cwd, name)], [cwd])).files)
  return services.map(one => [
    one.deprecated || undefined,
    one.methods.map(({ deprecated }) => deprecated || undefined),
  ])
}

test('a class says that it and its methods are deprecated, and a subclass inherits it', t => {
  @Service()
  class Implementation extends Shop {}
  for (const type of [Shop, Implementation]) {
    const { deprecated, methods } = serviceOf(type)
    t.deepEqual([deprecated, methods.map(one => one.deprecated)], [true, [true, undefined]])
  }
})

test('a service that extends another one has its own options', t => {
  @Service('old.Store', { deprecated: true, properties: { owner: 'shop' } })
  class Store {
    @Method({ args: { id: int32 }, returns: int32 })
    buy(_id: number): Promise<number> {
      return unimplemented()
    }
  }
  @Service()
  class Implementation extends Store {}
  @Service('new.Store')
  class NewStore extends Store {}
  @Service()
  class NewImplementation extends NewStore {}
  const options = [Implementation, NewStore, NewImplementation].map(type => {
    const { deprecated, properties } = serviceOf(type)
    return { deprecated, properties }
  })
  const none = { deprecated: undefined, properties: undefined }
  t.deepEqual(options, [{ deprecated: true, properties: { owner: 'shop' } }, none, none])
})

test('reflection and descriptors say it as options', t => {
  const [file] = describe([serviceOf(Shop)])
  const [service] = file?.service ?? []
  t.true(service?.options?.deprecated)
  t.deepEqual(
    service?.method.map(({ options }) => options?.deprecated),
    [true, undefined],
  )
})

const files: Readonly<Partial<Record<FormatName, string>>> = {
  thrift: 'old.thrift',
  avdl: 'shop.avdl',
  avpr: 'shop.avpr',
}
for (const [format, name] of Object.entries(files))
  test(`${format} says it in a custom property, and import reads it`, async t => {
    const [file] = exportFormats[format as FormatName].write(contractOf({ Shop }))
    t.deepEqual(await readFrom(t, name, file?.text ?? ''), [[true, [true, undefined]]])
  })

test('OpenAPI says it of operations and of routes', async t => {
  @Service('old.Routed')
  class Routed {
    @Method({ args: { id: int32 }, returns: int32, deprecated: true })
    @Http('POST /v1/buy/{id}')
    buy(_id: number): Promise<number> {
      return unimplemented()
    }
  }
  const [file] = exportFormats.openapi.write(contractOf({ Routed }))
  const { paths } = JSON.parse(file?.text ?? '') as { paths: Record<string, { post: { deprecated?: boolean } }> }
  t.deepEqual(
    Object.values(paths).map(({ post }) => post.deprecated),
    [true, true],
  )
  t.deepEqual(await readFrom(t, 'api.json', file?.text ?? ''), [[undefined, [true]]])
})

test('import reads it from other people’s files', async t => {
  const proto = `syntax = "proto3"; package old; message M {}
    service S { option deprecated = true; rpc A(M) returns (M) { option deprecated = true; } rpc B(M) returns (M); }`
  t.deepEqual(await readFrom(t, 'a.proto', proto), [[true, [true, undefined]]])
  const thrift = 'service S { void a() (deprecated = "use b"), void b() } (deprecated)'
  t.deepEqual(await readFrom(t, 'a.thrift', thrift), [[true, [true, undefined]]])
  const avdl = '@deprecated("use T") protocol S { @deprecated("use b") void a(); void b(); }'
  t.deepEqual(await readFrom(t, 'a.avdl', avdl), [[true, [true, undefined]]])
  const ok = { responses: { 200: { description: 'ok' } } }
  const openapi = {
    openapi: '3.1.0',
    info: { title: 'Old', version: '1' },
    paths: {
      '/a': { post: { operationId: 'a', deprecated: true, ...ok } },
      '/b': { post: { operationId: 'b', ...ok } },
    },
  }
  t.deepEqual(await readFrom(t, 'a.json', JSON.stringify(openapi)), [[undefined, [true, undefined]]])
})

test('what Thrift and Avro say besides, such as what to use instead, is kept', async t => {
  const cwd = await projectWith(t, { 'a.thrift': 'service S { void a() (deprecated = "use b") }' })
  const { out } = await polywire(['describe', '-c', join(cwd, 'a.thrift'), '--as', 'ts'])
  t.true(out.includes("name: 'a', deprecated: true, properties: { deprecated: 'use b' } })"), out)
  const again = await polywire(['describe', '-c', join(cwd, 'a.thrift'), '--as', 'thrift'])
  t.true(again.out.includes('void a() (deprecated = "use b"),'), again.out)
})

test('the lock has it, and check shows the change without a break', t => {
  t.deepEqual(lockOf(contractOf({ Shop })).services['old.Shop'], [
    'deprecated',
    'Buy (1 id int32) -> int32, deprecated',
    'Order (1 id int32) -> int32',
  ])
  const [before, after] = [snapshotOf(contractOf({ NewShop })), snapshotOf(contractOf({ Shop }))]
  const { changes, wires } = compare(before, after)
  t.deepEqual(
    changes.map(({ at, what }) => [at, what]),
    [
      ['old.Shop', 'became deprecated'],
      ['old.Shop/Buy', 'became deprecated'],
    ],
  )
  for (const { findings } of changes) t.true(wires.every(wire => verdictOf(findings, wire) === 'ok'))
  t.deepEqual(
    compare(after, before).changes.map(({ what }) => what),
    ['is no longer deprecated', 'is no longer deprecated'],
  )
})

test('ls and describe show it', async t => {
  const [file] = exportFormats.proto.write(contractOf({ Shop }))
  const cwd = await projectWith(t, { 'old.proto': file?.text ?? '' })
  const contract = ['-c', join(cwd, 'old.proto')]
  const { out } = await polywire(['ls', ...contract])
  t.is(out.split('\n')[0], 'old.Shop/Buy\tunary\tdeprecated\tgrpc http thrift avro')
  const json = JSON.parse((await polywire(['ls', '--json', ...contract])).out) as object
  t.like(json, { services: [{ deprecated: true, methods: [{ deprecated: true }, { deprecated: false }] }] })
  const described = await polywire(['describe', ...contract])
  t.regex(described.out, /^old\.Shop {3}deprecated\n/)
  t.regex(described.out, /^old\.Shop\/Buy {3}unary, deprecated$/m)
  const method = JSON.parse((await polywire(['describe', 'Buy', '--json', ...contract])).out) as object
  t.like(method, { kind: 'method', deprecated: true })
})
