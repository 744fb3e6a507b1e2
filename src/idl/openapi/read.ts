import { isObject } from '../../codecs/values/fault.js'
import { kept, type LeftOut } from '../left-out.js'
import type { MethodModel, ReadModel, ServiceModel, SourceModel } from '../model.js'
import { ownClasses } from '../own-classes.js'
import type { OpenApiFile } from './compile.js'
import { ErrorReplies } from './errors.js'
import { FullNames, Names, packageName, typeName } from './names.js'
import type { DocumentNode } from './node.js'
import { type Operation, OperationReader } from './operations.js'
import { OwnMethods } from './own.js'
import { SchemaReader } from './schemas.js'
import { usedTypes } from './used.js'

/**
 * The model of OpenAPI documents: those that polywire writes, and those of any API with JSON.
 * @param leftOut takes what classes cannot express
 * @throws Refusal for it, if nothing may be left out
 */
export function readOpenApi(files: readonly OpenApiFile[], leftOut?: LeftOut): ReadModel {
  const notes: string[] = []
  return { files: files.map(file => new DocumentReader(file, leftOut, notes).read()), notes }
}

/** One whose method has no name yet. */
type FoundOperation = Omit<Operation, 'name' | 'service'>

const operationWords = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']

class DocumentReader {
  private readonly names = new FullNames()
  private readonly schemas: SchemaReader
  private readonly isOwn: boolean
  private readonly space: string
  /** Full names by key, of schemas that others refer to. */
  private readonly referenced = new Map<string, string>()
  private readonly operations: readonly FoundOperation[]

  constructor(
    private readonly file: OpenApiFile,
    private readonly leftOut: LeftOut | undefined,
    private readonly notes: string[],
  ) {
    this.operations = operationsOf(file.root)
    this.isOwn = file.root.get('x-polywire')?.json === true
    const title = file.root.get('info')?.text('title') ?? ''
    this.space = packageName(title) ?? packageName(file.path) ?? 'api'
    const { names, isOwn } = this
    this.schemas = new SchemaReader({ names, isOwn, leftOut, nameOf: node => this.nameOf(node) })
  }

  read(): SourceModel {
    const { file, leftOut, schemas } = this
    const components = file.root.get('components')?.get('schemas')
    const all = Object.keys(isObject(components?.json) ? components.json : {}).map(
      name => components?.get(name) as DocumentNode,
    )
    const wanted = all.filter(node => node.get('x-polywire-generated')?.json !== true)
    for (const node of wanted) this.nameOf(node)
    const declared = wanted.flatMap(node =>
      kept(leftOut, this.nameOf(node), () => {
        const target = node.followed()
        schemas.referenced(target)
        return this.nameOf(target)
      }),
    )
    const made = this.isOwn ? this.own() : this.plain()
    const types = { messages: made.messages, enums: [...schemas.enums.values()] }
    const methods = made.services.flatMap(service => service.methods)
    return {
      source: file.source,
      path: file.path,
      doc: this.isOwn ? undefined : this.doc(),
      constants: [],
      services: made.services,
      ...usedTypes(types, declared, methods),
    }
  }

  private own(): Pick<SourceModel, 'messages' | 'services'> {
    this.schemas.finish()
    const methods = new OwnMethods(this.schemas, this.file.root)
    // Methods are in the order of their RPCs, and routes, which stand first, in that of their ids: `hello.Hello.Say.route2`.
    const at = ({ node }: FoundOperation) => Number(/\.route(\d+)$/.exec(node.text('operationId') ?? '')?.[1] ?? 0)
    const ordered = [...this.operations].sort((one, other) => at(one) - at(other))
    for (const { node } of ordered) if (node.get('x-polywire-method') !== undefined) methods.add(node)
    const services = Array.from(methods.services, ([name, list]): ServiceModel => {
      this.names.free(name)
      return { name, localName: this.names.localName(name), ...methods.documented(name), methods: list }
    })
    return { messages: methods.messages(), services }
  }

  private plain(): Pick<SourceModel, 'messages' | 'services'> {
    const { schemas, file, leftOut } = this
    const errors = new ErrorReplies(schemas)
    const reader = new OperationReader(schemas, errors, file.root, this.space)
    const services = new Map<string, MethodModel[]>()
    const owners = new Map<MethodModel, string>()
    const taken = new Map<string, Names>()
    for (const operation of this.operations) {
      const tag = operation.node.get('tags')?.elements()[0]?.json
      const service = this.serviceOf(typeof tag === 'string' ? tag : undefined)
      const others = taken.get(service) ?? new Names()
      taken.set(service, others)
      const name = methodName(operation, typeof tag === 'string' ? tag : '', others)
      for (const method of kept(leftOut, `${service}/${name}`, () => reader.method({ ...operation, name, service })))
        owners.set(method, service)
    }
    schemas.finish()
    const declared = errors.declare([...owners.keys()])
    for (const [at, service] of [...owners.values()].entries()) {
      const methods = services.get(service) ?? []
      services.set(service, methods)
      methods.push(declared.methods[at] as MethodModel)
    }
    if (reader.headers.size > 0)
      this.notes.push(
        `${file.source}: a handler reads headers by currentCall().headers, so these are no fields: ${[...reader.headers].join(', ')}`,
      )
    return {
      messages: declared.messages,
      services: Array.from(services, ([name, methods]) => ({
        name,
        localName: this.names.localName(name),
        doc: this.tagDoc(name),
        methods,
      })),
    }
  }

  /** By tag, full names. */
  private readonly tags = new Map<string | undefined, string>()

  private serviceOf(tag: string | undefined): string {
    let known = this.tags.get(tag)
    if (known === undefined) {
      const title = this.file.root.get('info')?.text('title') ?? ''
      const name = `${this.space}.${typeName(tag ?? title) ?? 'Api'}`
      known = this.names.free(this.names.has(name) ? `${name}Service` : name)
      this.tags.set(tag, known)
    }
    return known
  }

  private tagDoc(service: string): string | undefined {
    const [tag] = [...this.tags].find(([, name]) => name === service) ?? []
    const found = this.file.root
      .get('tags')
      ?.elements()
      .find(one => one.text('name') === tag)
    return found?.text('description')?.trim()
  }

  private doc(): string | undefined {
    const info = this.file.root.get('info')
    const title = [info?.text('title'), info?.text('version')].filter(part => part !== undefined).join(' ')
    return [title, info?.text('description')?.trim()].filter(Boolean).join('\n\n') || undefined
  }

  private nameOf(node: DocumentNode): string {
    let known = this.referenced.get(node.key)
    if (known === undefined) {
      const parts = node.pointer.split('/').slice(1)
      const own = parts.at(-1) ?? node.file.path.replace(/^.*[\\/]|\.\w+$/g, '')
      const isNamed = parts.length === 0 || ['schemas', '$defs', 'definitions'].includes(parts.at(-2) ?? '')
      const text = isNamed
        ? own
        : parts.filter(part => !/^(?:\d+|properties|items|schema|components|schemas)$/.test(part)).join(' ')
      const name = own.replaceAll('~1', '/').replaceAll('~0', '~')
      known = this.isOwn ? name : `${this.space}.${typeName(isNamed ? name : text) ?? 'Type'}`
      if (!ownClasses.has(known)) known = this.names.free(known)
      this.referenced.set(node.key, known)
    }
    return known
  }
}

/** The operations of all paths. A GET route answers HEAD too. */
function operationsOf(root: DocumentNode): FoundOperation[] {
  return (root.get('paths')?.entries() ?? []).flatMap(([path, given]) => {
    const item = given.followed()
    return operationWords.flatMap(verb => {
      const node = item.get(verb)
      return node === undefined || (verb === 'head' && item.get('get') !== undefined)
        ? []
        : [{ path, verb, item, node }]
    })
  })
}

/** `ListPets` of an operationId, or of `GET /pets`; without the tag, with which some begin. */
function methodName({ node, path, verb }: FoundOperation, tag: string, taken: Names): string {
  const id = node.text('operationId') ?? `${verb} ${path.replaceAll('{', 'by ')}`
  const prefix = new RegExp(`^${tag.replace(/[^\w]/g, '\\$&')}[/._-](?=\\w)`, 'i')
  return taken.free(typeName(tag === '' ? id : id.replace(prefix, '')) ?? typeName(`${verb} ${path}`) ?? 'Call')
}
