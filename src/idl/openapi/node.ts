import { dirname, resolve } from 'node:path'
import { isObject } from '../../codecs/values/fault.js'
import { Refusal } from '../refusal.js'

/** A file, and those that its references can name. */
export interface DocumentFile {
  readonly path: string
  readonly json: unknown
  /** What references of this file lead to, by their objects. A chain of references is walked once. */
  readonly followed: WeakMap<object, DocumentNode | 'itself' | undefined>
  /** By absolute path. */
  readonly files: ReadonlyMap<string, DocumentFile>
}

/** A value of a document, and where it stands. */
export class DocumentNode {
  constructor(
    readonly json: unknown,
    readonly file: DocumentFile,
    /** RFC 6901: `/components/schemas/Pet` */
    readonly pointer = '',
  ) {}

  /** The same for every reference to this value. */
  get key(): string {
    return `${this.file.path}#${this.pointer}`
  }

  get(name: string | number): DocumentNode | undefined {
    const { json } = this
    if (typeof json !== 'object' || json === null || !Object.hasOwn(json, name)) return undefined
    const value = (json as Record<string | number, unknown>)[name]
    return new DocumentNode(value, this.file, `${this.pointer}/${escaped(String(name))}`)
  }

  text(name: string): string | undefined {
    const value = this.get(name)?.json
    return typeof value === 'string' && value.trim() !== '' ? value : undefined
  }

  /** The members of an object. Extensions are left out. */
  entries(): [name: string, value: DocumentNode][] {
    if (!isObject(this.json)) return []
    const names = Object.keys(this.json).filter(name => !name.startsWith('x-'))
    return names.map(name => [name, this.get(name) as DocumentNode])
  }

  elements(): DocumentNode[] {
    return Array.isArray(this.json) ? this.json.map((_, at) => this.get(at) as DocumentNode) : []
  }

  /** What it refers to, or itself. @throws Refusal for a reference to nothing, or to itself */
  followed(): DocumentNode {
    const seen: DocumentNode[] = []
    const remember = (end?: DocumentNode | 'itself') => {
      for (const { json, file } of seen) file.followed.set(json as object, end)
    }
    try {
      const end = this.endOf(seen)
      remember(end)
      if (end !== 'itself') return end
    } catch (error) {
      remember(undefined)
      throw error
    }
    throw this.refusal(`$ref ${referenceOf(this.json)}`, 'it refers to itself')
  }

  /** @param seen takes the references on the way */
  private endOf(seen: DocumentNode[]): DocumentNode | 'itself' {
    let node: DocumentNode = this
    for (let ref = referenceOf(node.json); ref !== undefined; ref = referenceOf(node.json)) {
      const { followed } = node.file
      const known = followed.get(node.json as object)
      if (known !== undefined) return known
      // Until its end is known, a reference that comes back leads to itself.
      followed.set(node.json as object, 'itself')
      seen.push(node)
      node = node.target(ref)
    }
    return node
  }

  refusal(construct: string, why: string): Refusal {
    return new Refusal(this.pointer === '' ? this.file.path : this.key, construct, why)
  }

  private target(ref: string): DocumentNode {
    const [name = '', pointer = ''] = ref.split('#', 2)
    const file = name === '' ? this.file : this.file.files.get(resolve(dirname(this.file.path), decoded(name)))
    if (pointer !== '' && !pointer.startsWith('/')) throw this.refusal(`$ref ${ref}`, 'it must be a JSON pointer')
    let node = file && new DocumentNode(file.json, file)
    for (const part of pointer.split('/').slice(1)) node = node?.get(unescaped(decoded(part)))
    if (node === undefined) throw this.refusal(`$ref ${ref}`, 'there is no such thing')
    return node
  }
}

/** The text of `$ref`. A property of that name has a schema, which is not a text. */
export function referenceOf(json: unknown): string | undefined {
  return isObject(json) && typeof json.$ref === 'string' ? json.$ref : undefined
}

export function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}

function unescaped(name: string): string {
  return name.replaceAll('~1', '/').replaceAll('~0', '~')
}
