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
import type { CodecOptions, TransformOptions } from '../codec.js'
import { schemaCheck } from '../schema-check.js'
import { Fault, isObject, mismatch, within } from '../values/fault.js'
import { fieldsToFill } from '../values/presence.js'

type Fields = Record<string, unknown>

/**
 * A message with class-transformer's decorators. On the wire it is a plain object whose keys are the exposed names. A codec compiles the
 * two schemas like any other and calls the two functions around them, so no codec knows the decorators.
 */
export interface ClassTransform {
  /** The plain object that is written. */
  readonly written: MessageSchema
  /** The plain object that is read. */
  readonly read: MessageSchema
  toPlain(message: unknown): unknown
  toInstance(plain: unknown): unknown
}

/** Whether a `@Transform` makes or takes the value of this field, so that it need not be of the field's type. */
export function isLoose(field: FieldSchema): boolean {
  return looseFields.has(field)
}

const looseFields = new WeakSet<FieldSchema>()

/** Undefined for a message without decorators, which then costs nothing, and if `options` is `none`. */
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
      if (!isObject(message)) throw mismatch(schema.name, message)
      const plain = Object.create(null) as Fields
      for (const field of written) plain[field.plain.key] = field.toPlain(message)
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

/**
 * Reads the decorators of a message and of all that it contains, and drops them: what cannot be read is found when a server starts.
 * @throws RpcError `failed_precondition` as `classDecorators`
 */
export function checkTransforms(schema: MessageSchema, { transform }: CodecOptions): void {
  if (transform !== 'none') checkDecorators(schema)
}

const checkDecorators = /* @__PURE__ */ schemaCheck(schema => void classDecorators(schema))

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

/** A field of the plain object. */
class CarriedField {
  readonly plain: FieldSchema
  private readonly transforms: readonly PropertyTransform[]
  private readonly isExposed: boolean
  private readonly options: ClassTransformOptions
  private readonly type: number

  constructor(
    private readonly field: FieldSchema,
    decorators: PropertyDecorators | undefined,
    setting: Setting,
  ) {
    const { direction, options } = setting
    const exposed =
      decorators?.expose !== undefined && holdsIn(direction, decorators.expose) ? decorators.expose : undefined
    this.isExposed = exposed !== undefined
    this.transforms = (decorators?.transforms ?? []).filter(one => runs(one, setting))
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
    if (decorators !== undefined && decorators.transforms.length > 0) looseFields.add(this.plain)
  }

  toPlain(message: Fields): unknown {
    const { key } = this.field
    const value = message[key]
    if (this.transforms.length === 0 || !(this.isExposed || key in message)) return value
    return this.transformed(value, message)
  }

  /** Sets the property unless the value is absent. An absent field with implicit presence has its zero. */
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

/** A type of a codec, which writes to a `W`, reads from an `R` and may return what it writes. */
interface CompiledType<W, R, Written> {
  write(to: W, value: unknown, depth: number): Written
  read(from: R, depth: number): unknown
}

interface MessageCompiler<W, R, Written, T> {
  /** Called before the messages within are compiled, since they may refer to this one. */
  register(type: CompiledType<W, R, Written>): T
  message(schema: MessageSchema): CompiledType<W, R, Written>
}

/** Compiles a message with decorators: the types of its plain objects, with the transform around them. */
export function transformedType<W, R, Written, T>(
  transform: ClassTransform,
  compiler: MessageCompiler<W, R, Written, T>,
): T {
  const type = compiler.register({
    write: (to, value, depth) => written.write(to, transform.toPlain(value), depth),
    read: (from, depth) => transform.toInstance(read.read(from, depth)),
  })
  const [written, read] = [compiler.message(transform.written), compiler.message(transform.read)]
  return type
}
