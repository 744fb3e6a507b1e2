import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import type { LeftOut } from './left-out.js'
import type { ReadModel } from './model.js'
import { Refusal } from './refusal.js'

/**
 * Reads interface definitions, whatever their format; a format's code is loaded when one of its files is there.
 * @param leftOut takes what classes cannot express
 * @throws Refusal for it, if nothing may be left out
 */
export async function readSources(
  paths: readonly string[],
  includes: readonly string[],
  leftOut?: LeftOut,
): Promise<ReadModel> {
  const byFormat = new Map<Format, string[]>()
  for (const path of paths) {
    const format = formatOf(path)
    byFormat.set(format, [...(byFormat.get(format) ?? []), path])
  }
  const read: ReadModel[] = []
  for (const [format, of] of byFormat) read.push(await readers[format](of, includes, leftOut))
  const files = read.flatMap(one => one.files)
  const descriptors = read.flatMap(one => one.descriptors ?? [])
  return {
    files: leftOut === undefined ? files : leftOut.without(files),
    notes: read.flatMap(({ notes }) => notes),
    descriptors: read.every(one => one.descriptors !== undefined) ? descriptors : undefined,
  }
}

type Format = keyof typeof readers

const readers = {
  async proto(paths: readonly string[], includes: readonly string[], leftOut?: LeftOut): Promise<ReadModel> {
    const { compileProto } = await import('./proto/compile.js')
    const { readDescriptors } = await import('./proto/read.js')
    const { files, wanted, sourceOf } = await compileProto(paths, includes)
    return readDescriptors(files, wanted, sourceOf, leftOut)
  },
  async thrift(paths: readonly string[], includes: readonly string[], leftOut?: LeftOut): Promise<ReadModel> {
    const { compileThrift } = await import('./thrift/compile.js')
    const { readThrift } = await import('./thrift/read.js')
    return readThrift(await compileThrift(paths, includes), leftOut)
  },
  async avro(paths: readonly string[], _includes: readonly string[], leftOut?: LeftOut): Promise<ReadModel> {
    const { compileAvro } = await import('./avro/compile.js')
    const { readAvro } = await import('./avro/read.js')
    return readAvro(await compileAvro(paths), leftOut)
  },
  async openapi(paths: readonly string[], _includes: readonly string[], leftOut?: LeftOut): Promise<ReadModel> {
    const { compileOpenApi } = await import('./openapi/compile.js')
    const { readOpenApi } = await import('./openapi/read.js')
    return readOpenApi(await compileOpenApi(paths), leftOut)
  },
  async lock(paths: readonly string[]): Promise<ReadModel> {
    const { parseLock } = await import('./lock/format.js')
    const { readLock } = await import('./lock/read.js')
    const read = async (path: string) => readLock(parseLock(path, await readFile(path, 'utf8')), path)
    return { files: await Promise.all(paths.map(read)), notes: [] }
  },
  async descriptorSet(paths: readonly string[], _includes: readonly string[], leftOut?: LeftOut): Promise<ReadModel> {
    const { decodeDescriptorSet } = await import('./proto/descriptor-set.js')
    const { readDescriptors } = await import('./proto/read.js')
    const sets = await Promise.all(paths.map(async path => decodeDescriptorSet(path, await readFile(path))))
    const files = sets.flat()
    const wanted = files.map(({ name }) => name).filter(isOwn)
    return readDescriptors(files, wanted, undefined, leftOut)
  },
}

const formats: Readonly<Record<string, Format>> = {
  '.proto': 'proto',
  '.thrift': 'thrift',
  '.avdl': 'avro',
  '.avpr': 'avro',
  '.avsc': 'avro',
  '.json': 'openapi',
  '.yaml': 'openapi',
  '.yml': 'openapi',
  '.binpb': 'descriptorSet',
  '.pb': 'descriptorSet',
  '.desc': 'descriptorSet',
  '.fds': 'descriptorSet',
}

export const sourceEndings: readonly string[] = Object.keys(formats)

/** Whether a path is one that `readSources` reads. */
export function isSource(path: string): boolean {
  return isLock(path) || extname(path) in formats
}

export function isLock(path: string): boolean {
  return path.endsWith('.lock.json')
}

function formatOf(path: string): Format {
  const format = isLock(path) ? 'lock' : formats[extname(path)]
  if (format !== undefined) return format
  throw new Refusal(path, 'the file', `its ending is none of ${sourceEndings.join(', ')}`)
}

/** A set brings what its files import. Those of protobuf itself are read where they are used. */
export function isOwn(name: string): boolean {
  return !name.startsWith('google/protobuf/')
}
