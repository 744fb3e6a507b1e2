import type { ClassTransformOptions } from 'class-transformer'
import { RpcError } from '../../core/rpc-error.js'
import {
  type ClassDecorators,
  classDecorators,
  type Direction,
  holdsIn,
  type PropertyDecorators,
  type PropertyTransform,
  transformationType,
} from '../../decorators/class-transformer.js'
import type { FieldSchema, MessageSchema } from '../../schema/message.js'
import type { TransformOptions } from '../codec.js'
import { Fault, mismatch, within } from '../values/fault.js'
import { fieldsToFill } from '../values/presence.js'

type Fields = Record<string, unknown>

/**
 * What a message whose class carries class-transformer's decorators is on the wire: a plain object whose keys are the exposed names. Codecs
 * compile the two schemas like any other and put the two functions around them, so that no codec knows the decorators.
 */
export interface ClassTransform {
  /** Of the plain object that is written. */
  readonly written: MessageSchema
  /** Of the plain object that is read. */
  readonly read: MessageSchema
  toPlain(message: unknown): unknown
  toInstance(plain: unknown): unknown
}

/** Whether what stands there need not be of the field's type, since a `@Transform` of either direction makes or takes it. */
export function isLoose(field: FieldSchema): boolean {
  return looseFields.has(field)
}

const looseFields = new WeakSet<FieldSchema>()

/** Undefined for a message that carries none of the decorators, which then costs nothing, and where none are to hold. */
export function classTransformOf(
  schema: MessageSchema,
  options: TransformOptions | 'none' = {},
): ClassTransform | undefined {
  if (options === 'none') return undefined
  const decorators = classDecorators(schema)
  if (decorators === undefined) return undefined
  const carried = (direction: Direction) =>
    schema.fields
      .filter(field => isCarried(decorators, field.key, { direction, options }))
      .map(field => new CarriedField(field, decorators.fields.get(field.key), { direction, options }))
  const written = carried('plain')
  const read = carried('class')
  const fill = fieldsToFill(schema)
  const defaults = schema.fields.filter(field => fill.has(field))
  return {
    written: plainSchema(schema, written),
    read: plainSchema(schema, read),
    toPlain(message) {
      if (typeof message !== 'object' || message === null || Array.isArray(message))
        throw mismatch(schema.name, message)
      const plain = Object.create(null) as Fields
      for (const field of written) plain[field.plain.key] = field.toPlain(message as Fields)
      return plain
    },
    toInstance(plain) {
      const message = schema.create() as Fields
      for (const { key, makeDefault } of defaults) message[key] = makeDefault()
      for (const field of read) field.toInstance(plain as Fields, message)
      return message
    },
  }
}

interface Setting {
  readonly direction: Direction
  readonly options: TransformOptions
}

/** Source: class-transformer, `TransformOperationExecutor.getKeys`. */
function isCarried({ strategy, fields }: ClassDecorators, key: string, { direction, options }: Setting): boolean {
  const { expose, exclude } = fields.get(key) ?? {}
  if (exclude !== undefined && holdsIn(direction, exclude)) return false
  if (strategy === 'excludeAll' && (expose === undefined || !holdsIn(direction, expose))) return false
  return holdsFor(expose ?? {}, options)
}

interface Scope {
  readonly groups?: string[]
  readonly since?: number
  readonly until?: number
}

function holdsFor({ groups = [], since, until }: Scope, options: TransformOptions): boolean {
  const { version, groups: wanted = [] } = options
  if (groups.length > 0 && !groups.some(group => wanted.includes(group))) return false
  if (version === undefined) return true
  return (since === undefined || version >= since) && (until === undefined || version < until)
}

/** Source: class-transformer, `TransformOperationExecutor.applyCustomTransformations`: a transform without groups always holds. */
function runs({ options: scope }: PropertyTransform, { direction, options }: Setting): boolean {
  return holdsIn(direction, scope) && holdsFor(scope, options)
}

/** A field as it stands in the plain object. */
class CarriedField {
  readonly plain: FieldSchema
  private readonly transforms: readonly PropertyTransform[]
  private readonly isExposed: boolean
  private readonly options: ClassTransformOptions
  private readonly type: number

  constructor(
    private readonly field: FieldSchema,
    said: PropertyDecorators | undefined,
    setting: Setting,
  ) {
    const { direction, options } = setting
    const exposed = said?.expose !== undefined && holdsIn(direction, said.expose) ? said.expose : undefined
    this.isExposed = exposed !== undefined
    this.transforms = (said?.transforms ?? []).filter(one => runs(one, setting))
    this.type = transformationType[direction]
    this.options = {
      ...(options.groups && { groups: [...options.groups] }),
      ...(options.version !== undefined && { version: options.version }),
    }
    const name = exposed?.name
    this.plain = Object.freeze({
      ...field,
      key: name ?? field.key,
      name: name ?? field.name,
      jsonName: name ?? field.jsonName,
      ...(direction === 'class' && { makeDefault: () => undefined }),
    })
    if (said !== undefined && said.transforms.length > 0) looseFields.add(this.plain)
  }

  toPlain(message: Fields): unknown {
    const { key } = this.field
    const value = message[key]
    if (this.transforms.length === 0 || !(this.isExposed || key in message)) return value
    return this.transformed(value, message)
  }

  /** Sets the property, unless nothing is there. Of a field of implicit presence its zero is there when it is absent. */
  toInstance(plain: Fields, message: Fields): void {
    const { key, presence, makeDefault } = this.field
    let value = plain[this.plain.key]
    if (this.transforms.length > 0) {
      if (value === undefined && presence === 'implicit') value = makeDefault()
      if (value !== undefined || this.isExposed) value = this.transformed(value, plain)
    }
    if (value !== undefined) message[key] = value
  }

  private transformed(value: unknown, obj: Fields): unknown {
    const { options, type } = this
    const { key } = this.field
    try {
      return this.transforms.reduce((before, { run }) => run({ value: before, key, obj, type, options }), value)
    } catch (error) {
      if (error instanceof RpcError) throw error
      const fault = new Fault('its @Transform threw')
      fault.cause = error
      throw within(fault, this.plain.name)
    }
  }
}

function plainSchema({ name }: MessageSchema, fields: readonly CarriedField[]): MessageSchema {
  return Object.freeze({
    name,
    class: undefined,
    fields: Object.freeze(fields.map(({ plain }) => plain)),
    create: () => Object.create(null) as Fields,
    isError: false,
  })
}
