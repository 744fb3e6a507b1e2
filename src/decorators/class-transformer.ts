import type {
  ExcludeOptions,
  ExposeOptions,
  TransformFnParams,
  TransformOptions,
  TypeHelpOptions,
  TypeOptions,
} from 'class-transformer'
import type { MessageSchema } from '../schema/message.js'
import type { Class } from '../schema/type.js'
import { lineage, storageFor } from './transformer-copies.js'
import type { Metadata, TransformerStorage } from './transformer-storage.js'

/** The direction. `plain`: from a class, when a message is encoded; `class`: into a class, when it is decoded. */
export type Direction = 'plain' | 'class'

/** class-transformer's decorators of a property. */
export interface PropertyDecorators {
  readonly key: string
  readonly expose: ExposeOptions | undefined
  readonly exclude: ExcludeOptions | undefined
  /** The transforms in the order in which they run. */
  readonly transforms: readonly PropertyTransform[]
  readonly type: PropertyType | undefined
}

export interface PropertyTransform {
  readonly run: (params: TransformFnParams) => unknown
  readonly options: TransformOptions
}

export interface PropertyType {
  readonly of: ((options?: TypeHelpOptions) => unknown) | undefined
  readonly options: TypeOptions
}

export interface ClassDecorators {
  /** `excludeAll`: the class has `@Exclude()`, so that only fields with `@Expose` are sent. */
  readonly strategy: 'none' | 'exposeAll' | 'excludeAll'
  readonly fields: ReadonlyMap<string, PropertyDecorators>
  /** Properties with `@Expose` that are not fields. */
  readonly others: readonly string[]
}

/**
 * class-transformer's decorators of a message; undefined if it has none, as most messages.
 *
 * They are read from the package's storage. Its public functions only apply them, and do not support bigint, Map and Uint8Array.
 * @throws RpcError `failed_precondition` if the storage cannot be read, or several copies have decorators of the class
 */
export function classDecorators(schema: MessageSchema): ClassDecorators | undefined {
  const { class: type } = schema
  const storage = type && storageFor(type)
  if (type === undefined || storage === undefined) return undefined
  const keys = new Set(schema.fields.map(field => field.key))
  const fields = [...keys].map(key => propertyDecorators(storage, type, key)).filter(one => one !== undefined)
  const strategy = strategyOf(storage, type)
  const others = exposedKeys(storage, type).filter(key => !keys.has(key))
  if (fields.length === 0 && others.length === 0 && strategy === 'none') return undefined
  return { strategy, fields: new Map(fields.map(one => [one.key, one])), others }
}

/** Decorators of a class itself are not inherited. Source: class-transformer, `MetadataStorage.getStrategy`. */
function strategyOf({ exposed, excluded }: TransformerStorage, type: Class): ClassDecorators['strategy'] {
  const isExposed = exposed.get(type)?.has(undefined) === true
  const isExcluded = excluded.get(type)?.has(undefined) === true
  if (isExposed === isExcluded) return 'none'
  return isExcluded ? 'excludeAll' : 'exposeAll'
}

function exposedKeys({ exposed }: TransformerStorage, type: Class): string[] {
  const keys = [...lineage(type)].flatMap(one => [...(exposed.get(one)?.keys() ?? [])])
  return [...new Set(keys.filter(key => key !== undefined))]
}

function propertyDecorators(storage: TransformerStorage, type: Class, key: string): PropertyDecorators | undefined {
  const [expose] = found(storage.exposed, type, key)
  const [exclude] = found(storage.excluded, type, key)
  const [typed] = found(storage.types, type, key)
  // The transforms of the farthest class run first; in a class, that of the decorator nearest to the property.
  const transforms = found(storage.transforms, type, key)
    .reverse()
    .flatMap(ofOne => [...ofOne].reverse())
  if (expose === undefined && exclude === undefined && transforms.length === 0 && typed === undefined) return undefined
  return {
    key,
    expose: expose && (expose.options ?? {}),
    exclude: exclude && (exclude.options ?? {}),
    transforms: transforms.map(one => ({ run: one.transformFn, options: one.options ?? {} })),
    type: typed && { of: typed.typeFunction, options: typed.options ?? {} },
  }
}

/** The entries of a property in a class and its bases, the nearest first. */
function found<M>(metadata: Metadata<M>, type: Class, key: string): M[] {
  return [...lineage(type)].map(one => metadata.get(one)?.get(key)).filter(one => one !== undefined)
}

/** Whether a decorator with these options holds in this direction. */
export function holdsIn(direction: Direction, options: ExcludeOptions): boolean {
  if (options.toClassOnly === options.toPlainOnly) return true
  return (direction === 'class') === (options.toClassOnly === true)
}

/** Values of class-transformer's enum `TransformationType`. */
export const transformationType = { class: 0, plain: 1 } as const
