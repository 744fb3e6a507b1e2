import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import avro from 'avsc'
import { build } from 'esbuild'
import { schemaToJson } from '../../../src/codecs/avro/schema.js'
import { AvroShapes } from '../../../src/codecs/avro/shape.js'
import { avpr } from '../../../src/idl/avro/write.js'
import type { Contract } from '../../../src/idl/format.js'
import { LeftOut } from '../../../src/idl/left-out.js'
import type { SourceModel } from '../../../src/idl/model.js'
import { contractOf } from '../../../src/idl/module-contract.js'
import { compileProto } from '../../../src/idl/proto/compile.js'
import { readDescriptors } from '../../../src/idl/proto/read.js'
import { proto } from '../../../src/idl/proto/write.js'
import { readSources } from '../../../src/idl/read-source.js'
import { Refusal } from '../../../src/idl/refusal.js'
import { thrift } from '../../../src/idl/thrift/write.js'
import { writeTypeScript } from '../../../src/idl/typescript/write.js'
import type { FileDescriptorProto } from '../../../src/protocols/standard-services/descriptor-messages.js'
import { describe } from '../../../src/protocols/standard-services/descriptors.js'
import { avroFiles, corpus, type Group, nameOf, protoGroups, repository, thriftFiles } from './corpus.js'
import { shapesOf } from './descriptor-shapes.js'
import { folder, runs } from './programs.js'
import { thriftView } from './thrift-view.js'

/** Every refused file with its sentence, for review. `POLYWIRE_WRITE_REFUSED=1` writes it again. */
const refusedList = join(repository, 'test/interop/idl/refused.json')

interface Imported {
  readonly name: string
  /** Of the files that were asked for. */
  readonly paths: readonly string[]
  readonly models: readonly SourceModel[]
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

  await compileAll(all)
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
    const [again, expected] = await (path.endsWith('.thrift') ? thriftViews(t, path, one) : avroViews(path, one))
    wrong.push(...differences(again, expected).map(text => `${nameOf(path)}: ${text}`))
  }
  t.deepEqual(wrong, [])
})

type Views = readonly [actual: ReadonlyMap<string, string>, expected: ReadonlyMap<string, string>]

async function thriftViews(t: ExecutionContext, path: string, imported: Imported): Promise<Views> {
  const files = thrift.write(await loaded(imported))
  const cwd = await folder(t, files)
  return [await thriftView(files.map(file => join(cwd, file.path))), await thriftView([path])]
}

/** By avsc: types without comments and aliases, messages with theirs. */
async function avroViews(path: string, imported: Imported): Promise<Views> {
  const contract = await loaded(imported)
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

/** Compiles the classes of all groups: TypeScript checks them under the strictest flags, and esbuild makes JavaScript of them. */
async function compileAll(groups: readonly Imported[]): Promise<void> {
  const cwd = join(corpus, 'classes')
  const entryPoints: string[] = []
  for (const { name, models } of groups)
    for (const { path, text } of writeTypeScript(models, () => '')) {
      const file = join(cwd, name, path)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text)
      entryPoints.push(file)
    }
  // With this root `polywire` is its source, which has types.
  const compilerOptions = { rootDir: repository, noEmit: true, declaration: true, noUnusedLocals: true }
  const config = { extends: join(repository, 'tsconfig.json'), include: ['.'], exclude: ['js'], compilerOptions }
  await writeFile(join(cwd, 'tsconfig.json'), JSON.stringify(config))
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
  await runs(process.execPath, [tsc, '-p', cwd], cwd)
  const tsconfigRaw = { compilerOptions: { target: 'es2022', experimentalDecorators: true } }
  await build({ entryPoints, outdir: join(cwd, 'js'), outbase: cwd, format: 'esm', tsconfigRaw, logLevel: 'error' })
}

/** The classes of a group, as `import` finds them. */
async function loaded({ name, models }: Imported) {
  const exported: Record<string, unknown> = {}
  for (const { path } of models) {
    const module = (await import(pathToFileURL(join(corpus, 'classes/js', name, `${path}.js`)).href)) as object
    for (const [key, value] of Object.entries(module)) exported[`${path} ${key}`] = value
  }
  return contractOf(exported)
}
