import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { RpcError } from '../../core/rpc-error.js'
import { tooDeep } from '../nesting.js'
import { MissingTool, Refusal } from '../refusal.js'
import { SourceText } from '../source-text.js'
import { runTool, systemTool } from '../tool.js'
import { refuseCircles } from './circular.js'
import { blanked } from './comments.js'
import { type DocumentXml, parseDocument } from './document.js'

/** A .thrift file as the Thrift compiler reads it. */
export interface ThriftFile {
  readonly document: DocumentXml
  readonly text: SourceText
}

/**
 * Reads .thrift files, and those they include, with the Thrift compiler.
 * @throws Refusal with the compiler's first message, or if there is no compiler
 */
export async function compileThrift(paths: readonly string[], includes: readonly string[]): Promise<ThriftFile[]> {
  const folder = await mkdtemp(join(tmpdir(), 'polywire-'))
  try {
    for (const path of paths) {
      await refuseCircles(path, includes)
      await generate(path, includes, folder)
    }
    const names = (await readdir(folder)).sort()
    const folders = [...new Set([...paths.map(dirname), ...includes])]
    return (await Promise.all(names.map(async name => read(join(folder, name), folders)))).flat()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function generate(path: string, includes: readonly string[], folder: string): Promise<void> {
  // Without the option it replaces the ids below 1 that a file gives by others.
  const args = ['-r', '-allow-neg-keys', '--gen', 'xml', '-out', folder, ...includes.flatMap(one => ['-I', one]), path]
  const { status, said } = await runTool(systemTool('thrift'), args)
  if (status === 'ok') return
  if (status === 'missing')
    throw new MissingTool(
      path,
      'a .thrift',
      'the Thrift compiler reads it, and it is not installed; apt-get install thrift-compiler',
    )
  throw await complaint(path, said)
}

async function read(path: string, folders: readonly string[]): Promise<ThriftFile[]> {
  const name = `${basename(path, '.xml')}.thrift`
  const [document] = documentsIn(name, await readFile(path))
  if (document === undefined) return []
  for (const folder of folders) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => undefined)
    if (text !== undefined) return [{ document, text: new SourceText(join(folder, name), text) }]
  }
  return [{ document, text: new SourceText(name, '') }]
}

/** The compiler ends what it writes, so only depth keeps it from being read. */
function documentsIn(name: string, bytes: Uint8Array): DocumentXml[] {
  try {
    return parseDocument(bytes)
  } catch (error) {
    if (error instanceof RpcError && /nested/.test(error.message)) throw tooDeep(name)
    throw error
  }
}

/** `[ERROR:/path/old.thrift:3] (last token was '}')`, with its sentence in the next line. */
async function complaint(path: string, said: string): Promise<Refusal> {
  const lines = said.split('\n').filter(line => line.trim() !== '' && !/^\[WARNING/.test(line))
  const [, file, line, rest = ''] =
    lines.map(one => /^\[(?:ERROR|FAILURE):(.+?):(\d+)\] ?(.*)$/.exec(one)).find(one => one !== null) ?? []
  const at = lines.findIndex(one => /^\[(?:ERROR|FAILURE):/.test(one))
  const text = [rest, lines[at + 1] ?? ''].filter(one => one !== '').join(' ') || (lines[0] ?? 'it failed')
  if (file !== undefined && file !== 'generation')
    return new Refusal(`${basename(file) === basename(path) ? path : file}:${line}`, 'the compiler', text)
  // A message of the generator has no place. It may name a word of the file.
  const [, word] = /"(\w+)"$/.exec(text) ?? []
  const source = new SourceText(path, blanked(await readFile(path, 'utf8').catch(() => '')))
  return new Refusal(source.place(...(word === undefined ? [] : [word])), 'the compiler', text)
}
