import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import type { CodecOptions } from '../codec.js'
import { tooDeep } from './fault.js'
import { fieldsToFill } from './presence.js'
import { messageCost } from './value-cost.js'
import type { ValueCount } from './value-count.js'

type Fields = Record<string, unknown>

/** Makes the instances of one message, within the limits of a codec. */
export class Instances {
  private cost = 1
  private fill: readonly FieldSchema[] = []
  /** Fields that get their default only if nothing arrived for them: what arrives would be merged into it, or be a second value. */
  private late: readonly FieldSchema[] = []

  private readonly depth: number
  private readonly values: number

  constructor(
    private readonly schema: MessageSchema,
    { depth, values }: Pick<CodecOptions, 'depth' | 'values'>,
  ) {
    this.depth = depth
    this.values = values
  }

  /** Called once, after every message within this one is known. */
  prepare(isLate: (field: FieldSchema) => boolean = () => false): void {
    const { schema } = this
    this.cost = messageCost(schema)
    const fill = fieldsToFill(schema)
    this.late = schema.fields.filter(field => isLate(field) && field.makeDefault() !== undefined)
    this.fill = schema.fields.filter(field => fill.has(field) && !this.late.includes(field))
  }

  /** @throws Fault if a message at this depth is nested too deep */
  checkDepth(depth: number): void {
    if (depth > this.depth) throw tooDeep(this.depth)
  }

  /** A new instance with its defaults, except the late ones. @throws Fault `too_many_values` */
  create(values: ValueCount): Fields {
    values.take(this.cost, this.values)
    const message = this.schema.create() as Fields
    for (const { key, makeDefault } of this.fill) message[key] = makeDefault()
    for (const { key } of this.late) message[key] = undefined
    return message
  }

  /** Sets the late defaults that are still absent. */
  complete(message: Fields): void {
    for (const { key, makeDefault } of this.late) message[key] ??= makeDefault()
  }
}
