import { isDeepStrictEqual } from 'node:util'
import { isObject } from '../../codecs/values/fault.js'
import { DocumentNode, referenceOf } from './node.js'

/** A schema with what all of its `allOf` say. */
export interface MergedSchema {
  readonly node: DocumentNode
  /** What is not in the other members. */
  readonly keywords: ReadonlyMap<string, DocumentNode>
  readonly properties: ReadonlyMap<string, DocumentNode>
  readonly required: ReadonlySet<string>
  /** Of each `oneOf` and `anyOf` the branches. */
  readonly unions: readonly (readonly DocumentNode[])[]
  /** The oneOfs that polywire itself writes. */
  readonly choices: readonly DocumentNode[]
}

/** Far more than any document needs. */
export const deepest = 64

/** The sum of a schema and its `allOf`. What stands beside `allOf` wins. @throws Refusal for schemas that contain themselves so */
export function merged(node: DocumentNode): MergedSchema {
  const merger = new Merger(node)
  merger.add(node, 0)
  return merger
}

class Merger implements MergedSchema {
  readonly keywords = new Map<string, DocumentNode>()
  readonly properties = new Map<string, DocumentNode>()
  readonly required = new Set<string>()
  readonly unions: (readonly DocumentNode[])[] = []
  readonly choices: DocumentNode[] = []
  /** Of schemas that are merged. */
  private readonly done = new Set<string>()
  private readonly around = new Set<string>()

  constructor(readonly node: DocumentNode) {}

  add(given: DocumentNode, depth: number): void {
    const { key, json } = given
    if (this.around.has(key)) throw given.refusal('allOf', 'it contains itself')
    if (depth > deepest) throw given.refusal('allOf', `it is nested deeper than ${deepest}`)
    if (json === true || this.done.has(key)) return
    if (!isObject(json)) throw given.refusal('the schema', 'it must be an object')
    this.done.add(key)
    this.around.add(key)
    if (referenceOf(json) !== undefined) this.add(given.followed(), depth + 1)
    for (const part of given.get('allOf')?.elements() ?? [])
      if (part.text('x-polywire-name') === undefined) this.add(part, depth + 1)
      else this.choices.push(part)
    for (const name of Object.keys(json)) this.keyword(name, given.get(name) as DocumentNode)
    this.around.delete(key)
  }

  private keyword(name: string, value: DocumentNode): void {
    switch (name) {
      case '$ref':
      case 'allOf':
        break
      case 'properties':
        for (const property of Object.keys(isObject(value.json) ? value.json : {}))
          this.property(property, value.get(property) as DocumentNode)
        this.keywords.set(name, value)
        break
      case 'required':
        for (const one of value.elements()) this.required.add(String(one.json))
        break
      case 'oneOf':
      case 'anyOf':
        this.unions.push(value.elements())
        break
      default:
        this.keywords.set(name, value)
    }
  }

  private property(name: string, node: DocumentNode): void {
    const known = this.properties.get(name)
    if (known === undefined || known.file !== node.file || isDeepStrictEqual(known.json, node.json))
      this.properties.set(name, node)
    else this.properties.set(name, new DocumentNode({ allOf: [known.json, node.json] }, node.file, node.pointer))
  }
}
