import { readFile, realpath } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, extname, relative, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isObject } from '../../codecs/values/fault.js'
import { installed } from '../installed.js'
import { checkNesting } from '../nesting.js'
import { parsedJson } from '../parsed-json.js'
import { MissingTool, Refusal } from '../refusal.js'
import { type DocumentFile, DocumentNode, decoded, referenceOf } from './node.js'
import { parseYaml, type YamlLibrary } from './yaml.js'

/** An OpenAPI document that its validator accepts. */
export interface OpenApiFile {
  readonly source: string
  /** Of the result: `petstore` of `api/petstore.yaml`. */
  readonly path: string
  readonly root: DocumentNode
}

/** Reads OpenAPI 3.0 and 3.1 in JSON or YAML, with the files that they refer to. @throws Refusal for text that is not OpenAPI */
export async function compileOpenApi(paths: readonly string[]): Promise<OpenApiFile[]> {
  const read: OpenApiFile[] = []
  for (const source of paths) read.push(await new Compiler(source).read())
  return read
}

/** The part of `@seriousme/openapi-schema-validator` that is used, and its `yaml`. */
interface Libraries {
  readonly validator: Validator
  readonly yaml: YamlLibrary
}

interface Validator {
  validate(document: object): Promise<{ readonly valid: boolean; readonly errors?: readonly Fault[] | string }>
}

/** An error of ajv. */
interface Fault {
  readonly instancePath: string
  readonly message?: string
  readonly params?: Readonly<Record<string, unknown>>
}

class Compiler {
  private readonly files = new Map<string, DocumentFile>()

  constructor(private readonly source: string) {}

  async read(): Promise<OpenApiFile> {
    const { source } = this
    const file = await this.file(source)
    const { json } = file
    const version = isObject(json) ? json.openapi : undefined
    if (typeof version !== 'string' || !isObject(json))
      throw new Refusal(source, 'the file', 'it is not an OpenAPI document: it has no version under "openapi"')
    if (!/^3\.[01]\./.test(version)) throw new Refusal(source, `OpenAPI ${version}`, 'import reads 3.0 and 3.1')
    const root = new DocumentNode(json, file)
    await this.validate(json, root)
    await this.others(file)
    return { source, path: basename(source, extname(source)), root }
  }

  private async validate(json: object, root: DocumentNode): Promise<void> {
    const { validator } = await load(this.source)
    const { valid, errors } = await validator.validate(json)
    // A text is about references, which are followed here, where each is used.
    if (valid || typeof errors === 'string' || errors === undefined) return
    const deepest = errors.reduce((one, other) => (other.instancePath.length > one.instancePath.length ? other : one))
    const extra = deepest.params?.unevaluatedProperty ?? deepest.params?.additionalProperty
    const named = typeof extra === 'string' ? `, such as ${extra}` : ''
    throw new Refusal(`${root.file.path}#${deepest.instancePath}`, 'the document', `it ${deepest.message}${named}`)
  }

  /** Files that a file refers to, and so on. */
  private async others(first: DocumentFile): Promise<void> {
    const folder = await realpath(dirname(this.source))
    const waiting = [first]
    for (const file of waiting)
      for (const ref of externalReferences(file.json)) {
        const where = `$ref ${ref}`
        if (/^[a-z][\w+.-]*:/i.test(ref) || ref.startsWith('//'))
          throw new Refusal(file.path, where, 'import reads no network; put the file into the folder of the document')
        const path = resolve(dirname(file.path), decoded(ref))
        if (this.files.has(path)) continue
        const real = await realpath(path).catch(() => path)
        if (relative(folder, real).split(sep)[0] === '..')
          throw new Refusal(file.path, where, `it is outside of ${dirname(this.source)}, the folder of the document`)
        waiting.push(
          await this.file(relative(process.cwd(), path), new Refusal(file.path, where, 'there is no such file')),
        )
      }
  }

  private async file(path: string, missing?: Refusal): Promise<DocumentFile> {
    const text = await readFile(path, 'utf8').catch((error: Error) => {
      throw missing ?? new Refusal(path, 'the file', error.message)
    })
    const json = extname(path) === '.json' ? parsedJson(path, text) : await this.yaml(path, text.replace(/^\uFEFF/, ''))
    checkNesting(json, path)
    const file = { path, json, files: this.files, followed: new WeakMap() }
    this.files.set(resolve(path), file)
    return file
  }

  private async yaml(path: string, text: string): Promise<unknown> {
    const { yaml } = await load(this.source)
    return parseYaml(yaml, path, text)
  }
}

/** By the path of the validator, which compiles its schemas for its first document. */
const loaded = new Map<string, Libraries>()

async function load(source: string): Promise<Libraries> {
  const name = '@seriousme/openapi-schema-validator'
  try {
    const entry = installed(name, source) ?? ''
    const known = loaded.get(entry)
    if (known !== undefined) return known
    const [{ Validator }, yaml] = (await Promise.all(
      [entry, createRequire(entry).resolve('yaml')].map(path => import(pathToFileURL(path).href)),
    )) as [{ readonly Validator: new () => Validator }, YamlLibrary]
    const libraries = { validator: new Validator(), yaml }
    loaded.set(entry, libraries)
    return libraries
  } catch {
    throw new MissingTool(
      source,
      'OpenAPI',
      `${name} reads it, and it is not installed; npm install --save-dev ${name}`,
    )
  }
}

/** The files that a value refers to. Without recursion: a document may be as deep as it is long. */
function externalReferences(json: unknown): Set<string> {
  const found = new Set<string>()
  const waiting: unknown[] = [json]
  const seen = new Set<unknown>()
  while (waiting.length > 0) {
    const value = waiting.pop()
    if (typeof value !== 'object' || value === null || seen.has(value)) continue
    seen.add(value)
    const file = referenceOf(value)?.split('#', 1)[0]
    if (file !== undefined && file !== '') found.add(file)
    for (const one of Object.values(value)) waiting.push(one)
  }
  return found
}
