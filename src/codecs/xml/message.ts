import type { MessageSchema } from '../../schema/message.js'
import type { CodecOptions } from '../codec.js'
import { Fault, isObject, mismatch, within } from '../values/fault.js'
import { Instances } from '../values/instances.js'
import type { XmlType } from './elements.js'
import type { AttributeField, ElementField, Fields, Member } from './fields.js'
import type { Tag, XmlReader } from './reader.js'

/** A message: its fields are elements within its own, written in the order of declaration and read in any order. */
export class MessageElement implements XmlType {
  private elements: readonly ElementField[] = []
  private attributes: readonly AttributeField[] = []
  private readonly attributesByName = new Map<string, AttributeField>()
  /** In the order of writing. */
  private members: readonly Member[] = []
  private readonly byName = new Map<string, number>()
  private readonly instances: Instances

  constructor(
    private readonly schema: MessageSchema,
    options: CodecOptions,
  ) {
    this.instances = new Instances(schema, options)
  }

  /** Called once, after the fields are compiled: they may refer to this message. */
  complete(elements: readonly ElementField[], attributes: readonly AttributeField[]): void {
    this.elements = elements
    this.attributes = attributes
    for (const attribute of attributes) this.attributesByName.set(attribute.name, attribute)
    this.members = elements.flatMap(element => element.members)
    for (const [at, { tag }] of this.members.entries()) this.byName.set(tag.name, at)
    this.instances.prepare(field => field.type.kind === 'oneof')
  }

  write(tag: Tag, value: unknown, depth: number): string {
    if (!isObject(value)) throw mismatch(this.schema.name, value)
    this.instances.checkDepth(depth)
    let start = tag.open
    for (const attribute of this.attributes) start += attribute.write(value)
    let content = ''
    for (const element of this.elements) content += element.write(value, depth + 1)
    return content === '' ? `${start}/>` : `${start}>${content}${tag.end}`
  }

  read(reader: XmlReader, depth: number): unknown {
    this.instances.checkDepth(depth)
    const message = this.instances.create(reader.values)
    this.readAttributes(reader, message)
    this.readElements(reader, message, depth)
    this.instances.complete(message)
    return message
  }

  private readAttributes({ attributes }: XmlReader, message: Fields): void {
    for (let at = 0; at < attributes.length; at += 2)
      this.attributesByName.get(attributes[at] as string)?.read(attributes[at + 1] as string, message)
  }

  private readElements(reader: XmlReader, message: Fields, depth: number): void {
    const seen: boolean[] = []
    let next = 0
    for (;;) {
      const found = this.find(reader, next)
      if (found === end) return
      const member = this.members[found]
      if (member === undefined) {
        reader.skip()
        continue
      }
      next = found
      if (seen[found] && !member.repeats) throw within(new Fault('it is there twice'), member.tag.name)
      seen[found] = true
      member.read(reader, message, depth + 1)
    }
  }

  /** Begins the next element: most often one of the next three in the order of writing. @returns its index, `unknown` or `end` */
  private find(reader: XmlReader, next: number): number {
    const { members } = this
    for (let at = next; at < next + 3 && at < members.length; at++)
      if (reader.isChild((members[at] as Member).tag)) return at
    if (!reader.child()) return end
    return (reader.isKnown ? this.byName.get(reader.name) : undefined) ?? unknown
  }
}

const unknown = -1
const end = -2
