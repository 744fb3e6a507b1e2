import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import protobufjs from 'protobufjs'
import { protobuf } from '../../src/codecs/protobuf/codec.js'
import { RpcError } from '../../src/core/rpc-error.js'
import { Field, Message } from '../../src/decorators/message.js'
import { Service } from '../../src/decorators/service.js'
import { classesOf } from '../../src/idl/classes.js'
import type { Contract, WrittenFile } from '../../src/idl/format.js'
import { LeftOut } from '../../src/idl/left-out.js'
import { lockText } from '../../src/idl/lock/format.js'
import { readLock } from '../../src/idl/lock/read.js'
import { lockOf } from '../../src/idl/lock/write.js'
import type { SourceModel } from '../../src/idl/model.js'
import { contractOf } from '../../src/idl/module-contract.js'
import { compileProto } from '../../src/idl/proto/compile.js'
import { readDescriptors } from '../../src/idl/proto/read.js'
import { proto } from '../../src/idl/proto/write.js'
import { Refusal } from '../../src/idl/refusal.js'
import { writeTypeScript } from '../../src/idl/typescript/write.js'
import type { DescriptorProto, FileDescriptorProto } from '../../src/protocols/standard-services/descriptor-messages.js'
import { describe } from '../../src/protocols/standard-services/descriptors.js'
import { enumOf, string } from '../../src/schema/algebra.js'
import type { MessageSchema } from '../../src/schema/message.js'
import { messageSchemaOf } from '../../src/schema/resolve.js'
import * as known from '../fixtures/idl/generated/known/known.js'
import * as names from '../fixtures/idl/generated/names/names.js'
import { Edition } from '../fixtures/idl/generated/old/edition.js'
import { Level, Old } from '../fixtures/idl/generated/old/old.js'
import * as orders from '../fixtures/idl/generated/shop/v1/orders.js'
import * as shop from '../fixtures/shop.js'

// Relative, as they were typed to make what is kept.
const fixtures = relative(process.cwd(), fileURLToPath(new URL('../../../test/fixtures/idl', import.meta.url)))
const root = join(fixtures, 'proto')
const older = ['old/old.proto', 'old/edition.proto'].map(name => join(root, name))
const sources = ['shop/v1/orders.proto', 'names/names.proto', 'known/known.proto'].map(name => join(root, name))

async function imported(paths: readonly string[], includes: readonly string[]) {
  const { files, wanted, sourceOf } = await compileProto(paths, includes)
  return { files, read: readDescriptors(files, wanted, sourceOf) }
}

function written(files: readonly SourceModel[]): Map<string, string> {
  const all = writeTypeScript(files, ({ source }) => `${source} -o ${fixtures}/generated -I ${root}`)
  return new Map(all.map(({ path, text }) => [path, text]))
}

test('the classes of a .proto are those that are kept here, and the same each time', async t => {
  const all = [...sources, ...older]
  const { read } = await imported(all, [root])
  const files = written(read.files)
  t.deepEqual([...files.keys()].sort(), [
    'known/known.ts',
    'names/names.ts',
    'old/edition.ts',
    'old/old.ts',
    'shop/v1/orders.ts',
  ])
  for (const [path, text] of files) t.is(text, await readFile(join(fixtures, 'generated', path), 'utf8'), path)
  t.deepEqual(written((await imported(all, [root])).read.files), files)
  t.deepEqual(read.notes, [])
})

test('fields of proto2 and of editions are as present as another implementation finds them', async t => {
  const peers = new protobufjs.Root()
  peers.resolvePath = (_origin, target) => target
  const compile = <T>(type: new () => T) =>
    protobuf.compile(messageSchemaOf(type) as MessageSchema<T>, { depth: 64, values: 1000 })
  await peers.load(join(root, 'old/old.proto'))
  const theirs = peers.lookupType('old.Old')
  const sent = theirs.encode({ id: 'a', needed: {}, counts: [1, 2] }).finish()
  const ours = compile(Old).decode(sent)
  t.is(ours.limit, 10)
  t.is(ours.note, undefined)
  t.is(ours.level, Level.LOW)
  t.true(ours.on)
  t.deepEqual(ours.mark, new Uint8Array([1, 34, 10]))
  t.is(ours.most, Number.POSITIVE_INFINITY)
  t.is(ours.big, -9007199254740993n)
  t.is(ours.none, undefined)
  t.deepEqual(ours.counts, [1, 2])
  // A default that is the enum's zero is no zero that an absent field has.
  t.is(ours.highest, undefined)
  t.truthy(ours.needed)
  const set = Object.assign(new Old(), {
    id: '',
    limit: 0,
    note: '',
    level: Level.HIGH,
    on: false,
    none: 0,
    highest: Level.HIGH,
  })
  t.like(theirs.toObject(theirs.decode(compile(Old).encode(set))), {
    id: '',
    limit: 0,
    note: '',
    level: 3,
    on: false,
    none: 0,
    highest: 3,
  })
  t.deepEqual([...compile(Edition).encode(Object.assign(new Edition(), { told: '' }))], [0x0a, 0, 0x1a, 0])
})

test('a oneof keeps its name in descriptors', async t => {
  const oneofs = contractOf({ Old }).messages.flatMap(message => describe([], [message])[0]?.messageType ?? [])
  const old = oneofs.find(({ name }) => name === 'Old')
  t.is(old?.oneofDecl[0]?.name, 'one_of_two')
  t.is(runtime((await imported([join(root, 'old/old.proto')], [root])).read.files).messages.length, 2)
})

test('an enum that no message uses is exported, and a service without methods is not', t => {
  @Service('old.Nothing')
  class Nothing {}
  const contract = contractOf({ Nothing, lone: enumOf(Level, 'old.Level') })
  t.deepEqual(contract.services, [])
  t.regex(proto.write(contract)[0]?.text ?? '', /\nenum Level \{/)
})

test('a field that takes a reserved number or name is refused at start-up', t => {
  for (const [number, name] of [
    [13, 'a'],
    [16, 'a'],
    [2000, 'a'],
    [2, 'gone'],
  ] as const) {
    @Message('old.Broken', { reserved: [13, '15-17', '1000-max', 'gone'] })
    class Broken {
      @Field(number, string, { name }) field = ''
    }
    const error = t.throws(() => messageSchemaOf(Broken)?.fields, { instanceOf: RpcError }) as RpcError
    t.is(error.reason, 'reserved_field_number')
    t.true(error.message.startsWith(`Broken.field: number ${number} or name ${name} is in { reserved } of the class`))
  }
})

/** What of a message matters on the wire and in JSON. */
function shapesOf(files: readonly FileDescriptorProto[]): Record<string, unknown> {
  const shapes: Record<string, unknown> = {}
  const add = (scope: string, message: DescriptorProto) => {
    const name = `${scope}.${message.name}`
    shapes[name] = message.field
      .map(({ name: field, number, label, type, typeName = '', jsonName, proto3Optional = false, oneofIndex }) => {
        const oneof = oneofIndex === undefined || proto3Optional ? undefined : message.oneofDecl[oneofIndex]?.name
        return {
          field,
          number,
          label,
          type,
          typeName,
          json: jsonName,
          proto3Optional,
          oneof,
        }
      })
      .sort((one, other) => one.number - other.number)
    for (const nested of message.nestedType) add(name, nested)
    for (const { name: one, value } of message.enumType)
      shapes[`${name}.${one}`] = value.map(member => [member.name, member.number ?? 0])
  }
  for (const { package: pack, messageType, enumType, service } of files) {
    for (const message of messageType) add(pack, message)
    for (const { name, value } of enumType)
      shapes[`${pack}.${name}`] = value.map(member => [member.name, member.number ?? 0])
    for (const { name, method } of service)
      for (const { options, clientStreaming = false, serverStreaming = false, ...one } of method)
        shapes[`${pack}.${name}/${one.name}`] = {
          ...one,
          clientStreaming,
          serverStreaming,
          level: options?.idempotencyLevel ?? 0,
        }
  }
  return shapes
}

test('the descriptors of imported classes are those of their .proto', async t => {
  const { files } = await imported(sources, [root])
  const expected = shapesOf(files.filter(file => file.package !== 'google.protobuf'))
  for (const contract of [
    contractOf({ ...orders, ...names, ...known }),
    runtime((await imported(sources, [root])).read.files),
  ]) {
    const ours = shapesOf(
      describe(contract.services, contract.messages).filter(file => file.package !== 'google.protobuf'),
    )
    t.deepEqual(Object.keys(ours).sort(), Object.keys(expected).sort())
    t.deepEqual(ours, expected)
  }
})

function runtime(files: readonly SourceModel[]): Contract {
  const { services, messages, others } = classesOf(files)
  return contractOf(Object.fromEntries([...services, ...messages, ...Object.entries(others)]))
}

test('an exported .proto that is imported exports as it was', async t => {
  for (const contract of [contractOf(shop), contractOf({ ...names, ...orders, ...known })]) {
    const files = proto.write(contract)
    const cwd = await folder(t)
    for (const { path, text } of files) {
      await mkdir(dirname(join(cwd, path)), { recursive: true })
      await writeFile(join(cwd, path), text)
    }
    const { read } = await imported(
      files.map(({ path }) => join(cwd, path)),
      [cwd],
    )
    const again = proto.write(runtime(read.files))
    t.deepEqual(again.map(sorted).sort(), files.map(sorted).sort())
  }
})

/** A file's lines without their order: blocks come in that of the source in one and in that of use in the other. */
function sorted({ path, text }: WrittenFile): string {
  return [path, ...text.split('\n').sort()].join('\n')
}

async function folder(t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'polywire-idl-'))
  t.teardown(() => rm(path, { recursive: true, force: true }))
  return path
}

test('groups are imported as delimited messages, and exported in an edition that has them', async t => {
  const cwd = await folder(t)
  const path = join(cwd, 'web.proto')
  await writeFile(
    path,
    `syntax = "proto2"; package web;
    message Page {
      optional group First = 3 { optional string url = 1; }
      repeated group Results = 4 { repeated int32 ranks = 1; }
      oneof choice { group Hit = 8 { optional string url = 1; } string text = 9; }
      optional Page next = 10;
    }
    message Outer { required Page page = 1; map<string, Page> pages = 2; }`,
  )
  const { read } = await imported([path], [cwd])
  const text = written(read.files).get('web.ts') ?? ''
  t.true(text.includes('@Field(3, delimited(PageFirst)) first?: PageFirst'), text)
  t.true(text.includes('@Field(4, listOf(delimited(PageResults))) results: PageResults[] = []'), text)
  t.true(text.includes('{ hit: [8, delimited(PageHit)], text: [9, string] }'), text)
  const lock = lockOf(runtime(read.files))
  t.true(lock.messages['web.Page']?.includes('3 first delimited web.Page.First'))
  t.is(lockText(lockOf(runtime([readLock(lock)]))), lockText(lock))

  const files = proto.write(runtime(read.files))
  t.regex(files[0]?.text ?? '', /^edition = "2023";\n\noption features\.field_presence = IMPLICIT;\n/)
  t.true(files[0]?.text.includes('First first = 3 [features.message_encoding = DELIMITED];'), files[0]?.text)
  t.true(files[0]?.text.includes('string url = 1 [features.field_presence = EXPLICIT];'), files[0]?.text)
  await mkdir(join(cwd, 'again/web'), { recursive: true })
  const exported = join(cwd, 'again', files[0]?.path ?? '')
  await writeFile(exported, files[0]?.text ?? '')
  const again = await imported([exported], [join(cwd, 'again')])
  t.deepEqual(proto.write(runtime(again.read.files)), files)

  await writeFile(
    path,
    `edition = "2023"; package web; option features.message_encoding = DELIMITED;
    message Page { Page next = 1; Page plain = 2 [features.message_encoding = LENGTH_PREFIXED]; map<string, Page> all = 3; }`,
  )
  const edition = written((await imported([path], [cwd])).read.files).get('web.ts') ?? ''
  t.true(edition.includes('@Field(1, delimited(() => Page)) next?: Page'), edition)
  t.true(edition.includes('@Field(2, () => Page) plain?: Page'), edition)
  t.true(edition.includes('@Field(3, mapOf(string, () => Page))'), edition)
})

test('imports are looked for in every folder of -I', async t => {
  const cwd = await folder(t)
  for (const [path, text] of [
    ['one/a.proto', 'import "b.proto"; message A { b.B b = 1; }'],
    ['two/b.proto', 'package b; message B {}'],
    ['two/broken.proto', 'message ;'],
  ] as const) {
    await mkdir(dirname(join(cwd, path)), { recursive: true })
    await writeFile(join(cwd, path), `syntax = "proto3"; ${text}`)
  }
  const { read } = await imported([join(cwd, 'one/a.proto')], [join(cwd, 'one'), join(cwd, 'two')])
  t.deepEqual(
    read.files.map(({ path, source }) => [path, source]),
    [
      ['a', join(cwd, 'one/a.proto')],
      ['b', join(cwd, 'two/b.proto')],
    ],
  )
})

test('without -I imports are looked for in the modules of a buf.yaml above', async t => {
  const cwd = await folder(t)
  for (const [path, text] of [
    ['buf.yaml', '{ version: v2, modules: [{ path: mine }, { path: vendor/theirs }] }'],
    ['mine/deep/a.proto', 'syntax = "proto3"; package a; import "b.proto"; message A { b.B b = 1; }'],
    ['vendor/theirs/b.proto', 'syntax = "proto3"; package b; message B {}'],
  ] as const) {
    await mkdir(dirname(join(cwd, path)), { recursive: true })
    await writeFile(join(cwd, path), text)
  }
  const { read } = await imported([join(cwd, 'mine/deep/a.proto')], [])
  t.deepEqual(
    read.files.map(({ path }) => path),
    ['deep/a', 'b'],
  )
})

test('a file that another imports must be text, too', async t => {
  const cwd = await folder(t)
  await writeFile(join(cwd, 'a.proto'), 'syntax = "proto3"; package a;\nimport "b.proto";\n')
  await writeFile(join(cwd, 'b.proto'), 'import "c.proto";')
  await writeFile(join(cwd, 'c.proto'), Buffer.from('fffe7b007b00', 'hex'))
  const error = await t.throwsAsync(imported([join(cwd, 'a.proto')], []), { instanceOf: Refusal })
  t.is(error.message.replace(`${cwd}/`, ''), 'c.proto: the file: it is not text in UTF-8')
})

test('what classes cannot express can be left out, with all that uses it', async t => {
  const cwd = await folder(t)
  await writeFile(
    join(cwd, 'a.proto'),
    `syntax = "proto2"; package a;
message Bad { optional string __proto__ = 1; }
message Holder { repeated Bad bad = 1; }
message Outer { map<string, Holder> holders = 1; }
message Good { optional string text = 1; }
service S { rpc Get(Good) returns (Outer); rpc Put(Good) returns (Good); }`,
  )
  const { files, wanted, sourceOf } = await compileProto([join(cwd, 'a.proto')], [])
  const leftOut = new LeftOut()
  const [kept] = leftOut.without(readDescriptors(files, wanted, sourceOf, leftOut).files)
  t.deepEqual(
    kept?.messages.map(({ name }) => name),
    ['a.Good'],
  )
  t.deepEqual(
    kept?.services[0]?.methods.map(({ name }) => name),
    ['Put'],
  )
  t.deepEqual(
    leftOut.all.map(text => text.replace(`${cwd}/`, '')),
    [
      'a.proto:2:15: field __proto__: every JavaScript object has a property of that name; rename the field',
      'a.Holder: it uses a.Bad',
      'a.Outer: it uses a.Holder',
      'a.S/Get: it uses a.Outer',
    ],
  )
})

test('what classes cannot express is refused, with its place', async t => {
  const cwd = await folder(t)
  const head =
    'syntax = "proto3";\npackage a;\nimport "google/protobuf/any.proto";\nimport "google/protobuf/struct.proto";\n'
  const refused: [string, string][] = [
    [`${head}message M { Missing m = 1; }`, 'a.proto:5:13: the compiler: cannot find `Missing` in this scope'],
    [
      `${head}message M {\n  string __proto__ = 1;\n}`,
      'a.proto:6:3: field __proto__: every JavaScript object has a property of that name; rename the field',
    ],
    [
      `${head}import "common/money.proto";`,
      `a.proto:5:8: import "common/money.proto" is not found. Looked in ${cwd}; add -I DIR`,
    ],
  ]
  for (const [text, message] of refused) {
    await writeFile(join(cwd, 'a.proto'), text)
    const error = await t.throwsAsync(
      (async () => {
        const { files, wanted, sourceOf } = await compileProto([join(cwd, 'a.proto')], [])
        readDescriptors(files, wanted, sourceOf)
      })(),
      { instanceOf: Refusal },
    )
    t.is(error.message.replace(`${cwd}/`, ''), message)
  }
})
