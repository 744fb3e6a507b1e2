import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import avro from 'avsc'
import { schemaToJson } from '../../../src/codecs/avro/schema.js'
import { AvroShapes } from '../../../src/codecs/avro/shape.js'
import { avpr } from '../../../src/idl/avro/write.js'
import type { Contract } from '../../../src/idl/format.js'
import { LeftOut } from '../../../src/idl/left-out.js'
import type { SourceModel } from '../../../src/idl/model.js'
import { compileProto } from '../../../src/idl/proto/compile.js'
import { readDescriptors } from '../../../src/idl/proto/read.js'
import { proto } from '../../../src/idl/proto/write.js'
import { readSources } from '../../../src/idl/read-source.js'
import { Refusal } from '../../../src/idl/refusal.js'
import { thrift } from '../../../src/idl/thrift/write.js'
import type { FileDescriptorProto } from '../../../src/protocols/standard-services/descriptor-messages.js'
import { describe } from '../../../src/protocols/standard-services/descriptors.js'
import { classesIn, type ImportedGroup } from './classes.js'
import { avroFiles, corpus, type Group, nameOf, protoGroups, repository, thriftFiles } from './corpus.js'
import { shapesOf } from './descriptor-shapes.js'
import { folder } from './programs.js'
import { thriftView } from './thrift-view.js'

/** Every refused file with its sentence, for review. `POLYWIRE_WRITE_REFUSED=1` writes it again. */
const refusedList = join(repository, 'test/interop/idl/refused.json')

interface Imported extends ImportedGroup {
  /** Of the files that were asked for. */
  readonly paths: readonly string[]
  readonly descriptors: readonly FileDescriptorProto[]
}

test('public definitions come in as classes, compile and go out as they were', async t => {
  t.timeout(600_000)
  const refused: Record<string, string> = {}
  const protos: Imported[] = []
  for (const group of await protoGroups()) protos.push(await importProto(group, refused))
  const others: Imported[] = []
  for (const path of [...(await thriftFiles()), ...(await avroFiles())])
    others.push(...(await importOther(path, others.length, refused)))

  const all = [...protos, ...others]
  const accepted = all.flatMap(({ paths }) => paths)
  t.log(`${accepted.length} files, and ${Object.keys(refused).length} refused`)
  t.true(accepted.length >= 200)
  if (process.env.POLYWIRE_WRITE_REFUSED) await writeFile(refusedList, `${JSON.stringify(refused, undefined, 2)}\n`)
  t.deepEqual(refused, JSON.parse(await readFile(refusedList, 'utf8')))

  const loaded = await classesIn(join(corpus, 'classes'), all)
  for (const one of protos) {
    const { name, models, descriptors } = one
    const contract = await loaded(one)
    const wanted = namesIn(models)
    const expected = new Map([...shapesOf(descriptors)].filter(([shape]) => wanted.has(shape)))
    t.deepEqual(
      differences(shapesOf(describe(contract.services, contract.messages, contract.enums)), expected),
      [],
      name,
    )
    const files = proto.write(withoutRoutes(contract))
    const cwd = await folder(t, files)
    const paths = files.map(({ path }) => join(cwd, path))
    const again = shapesOf((await compileProto(paths, [cwd])).files)
    t.deepEqual(differences(again, expected), [], `${name}, as a .proto`)
  }
  const wrong: string[] = []
  for (const one of others) {
    const [path = ''] = one.paths
    const [again, expected] = await (path.endsWith('.thrift')
      ? thriftViews(t, path, await loaded(one))
      : avroViews(path, await loaded(one)))
    wrong.push(...differences(again, expected).map(text => `${nameOf(path)}: ${text}`))
  }
  t.deepEqual(wrong, [])
})

type Views = readonly [actual: ReadonlyMap<string, string>, expected: ReadonlyMap<string, string>]

async function thriftViews(t: ExecutionContext, path: string, contract: Contract): Promise<Views> {
  const files = thrift.write(contract)
  const cwd = await folder(t, files)
  return [await thriftView(files.map(file => join(cwd, file.path))), await thriftView([path])]
}

/** By avsc: types without comments and aliases, messages with theirs. */
async function avroViews(path: string, contract: Contract): Promise<Views> {
  const source = JSON.parse(await readFile(path, 'utf8')) as object
  if (path.endsWith('.avpr'))
    return [protocolView(JSON.parse(avpr.write(contract)[0]?.text ?? '')), protocolView(source)]
  const types = contract.messages.map(message => schemaToJson(new AvroShapes().message(message), new Set()))
  return [new Map(types.flatMap(typeView)), new Map(typeView(source))]
}

function typeView(schema: unknown): [string, string][] {
  const type = avro.Type.forSchema(schema as avro.Schema)
  return [[type.name ?? '', JSON.stringify(type.schema())]]
}

function protocolView(protocol: object): Map<string, string> {
  const { messages } = avro.Service.forProtocol(protocol as never)
  return new Map(
    messages.map(({ name, requestType, responseType, errorType, oneWay }) => [
      name,
      JSON.stringify([requestType, responseType, errorType].map(type => type.schema()).concat([oneWay] as never)),
    ]),
  )
}

/** The option google.api.http comes from a file of googleapis, which would declare again what is exported here. */
function withoutRoutes({ services, ...rest }: Contract): Contract {
  const bare = services.map(one => ({ ...one, methods: one.methods.map(method => ({ ...method, routes: [] })) }))
  return { ...rest, services: bare }
}

/** Messages, enums and methods. */
function namesIn(models: readonly SourceModel[]): Set<string> {
  return new Set(
    models.flatMap(({ messages, enums, services }) => [
      ...[...messages, ...enums].map(({ name }) => name),
      ...services.flatMap(({ name, methods }) => methods.map(method => `${name}/${method.name}`)),
    ]),
  )
}

/** The first lines that are not as expected. */
function differences(actual: ReadonlyMap<string, string>, expected: ReadonlyMap<string, string>): string[] {
  const wrong = [...expected].filter(([name, shape]) => actual.get(name) !== shape)
  return wrong.slice(0, 10).map(([name, shape]) => {
    const lines = shape.split('\n')
    const found = (actual.get(name) ?? 'missing').split('\n')
    return `${name}: ${found.find(line => !lines.includes(line))} for ${lines.find(line => !found.includes(line))}`
  })
}

/** All that a group has of what classes can express. A file is refused if something in it is. */
async function importProto(group: Group, refused: Record<string, string>): Promise<Imported> {
  const { files, wanted, sourceOf } = await compileProto(group.files, group.roots)
  const leftOut = new LeftOut()
  const { files: models } = readDescriptors(files, wanted, sourceOf, leftOut)
  const paths = group.files.filter(path => {
    const sentence = leftOut.all.find(text => text.startsWith(`${path}:`))
    if (sentence !== undefined) refused[nameOf(path)] = shortened(sentence)
    return sentence === undefined
  })
  return { name: group.name, paths, models: leftOut.without(models), descriptors: files }
}

async function importOther(path: string, at: number, refused: Record<string, string>): Promise<Imported[]> {
  try {
    const { files } = await readSources([path], [])
    return [{ name: `other${at}`, paths: [path], models: files, descriptors: [] }]
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    refused[nameOf(path)] = shortened(error.message)
    return []
  }
}

/** A sentence without this machine's folders. */
function shortened(sentence: string): string {
  return sentence.replace(/\/\S*?(?=:)/, nameOf)
}
