import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ExecutionContext } from 'ava'
import type { LeftOut } from '../../src/idl/left-out.js'
import type { ReadModel } from '../../src/idl/model.js'
import { readSources } from '../../src/idl/read-source.js'
import { Refusal } from '../../src/idl/refusal.js'
import { writeTypeScript } from '../../src/idl/typescript/write.js'

export type Json = Readonly<Record<string, unknown>>

export const bare = { openapi: '3.1.0', info: { title: 'a', version: '1' } }

async function written(t: ExecutionContext, files: Readonly<Record<string, unknown>>) {
  const folder = await mkdtemp(join(tmpdir(), 'polywire-openapi-'))
  t.teardown(() => rm(folder, { recursive: true }))
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
  }
  const [first = ''] = Object.keys(files)
  return { folder, path: join(folder, first) }
}

export async function read(
  t: ExecutionContext,
  files: Readonly<Record<string, unknown>>,
  leftOut?: LeftOut,
): Promise<ReadModel> {
  return readSources([(await written(t, files)).path], [], leftOut)
}

/** The TypeScript of a document, without its first line. */
export async function text(t: ExecutionContext, document: Json): Promise<string> {
  const { files } = await read(t, { 'a.json': { ...bare, ...document } })
  return (writeTypeScript(files, () => '')[0]?.text ?? '').split('\n').slice(1).join('\n')
}

/** The lines of the fields that a schema's properties become. */
export async function fields(t: ExecutionContext, properties: Json, more: Json = {}): Promise<string[]> {
  const schemas = {
    A: { type: 'object', properties, ...more },
    B: { type: 'object', properties: { x: { type: 'boolean' } } },
  }
  const all = (await text(t, { components: { schemas } })).split('\n')
  const from = all.findIndex(line => line.startsWith('export class A '))
  return all.slice(from + 1, all.indexOf('}', from)).map(line => line.trim())
}

export async function refused(t: ExecutionContext, files: Readonly<Record<string, unknown>>): Promise<string> {
  const { folder, path } = await written(t, files)
  const error = await t.throwsAsync(readSources([path], []), { instanceOf: Refusal })
  return error.message.replaceAll(/\S*polywire-openapi-\w+\/?/g, '').replaceAll(folder, '')
}

/** One operation. */
export function operation(of: Json, verb = 'get', path = '/a'): Json {
  return { paths: { [path]: { [verb]: { operationId: 'call', responses: { 204: { description: '' } }, ...of } } } }
}
