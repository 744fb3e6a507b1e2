import { createRequire } from 'node:module'
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

/** `plain`: out of a class, when a message is written; `class`: into one, when it is read. */
export type Direction = 'plain' | 'class'

/** What class-transformer's decorators say of one property. */
export interface PropertyDecorators {
  readonly key: string
  readonly expose: ExposeOptions | undefined
  readonly exclude: ExcludeOptions | undefined
  /** In the order in which they run. */
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
  /** `excludeAll`: `@Exclude()` on the class, so that only what has `@Expose` travels. */
  readonly strategy: 'none' | 'exposeAll' | 'excludeAll'
  readonly fields: ReadonlyMap<string, PropertyDecorators>
  /** Properties with `@Expose` that are no fields. */
  readonly others: readonly string[]
}

/**
 * What class-transformer's decorators say of a message; undefined for a message that carries none, which most do.
 *
 * Read from the package's storage, since its public functions tell nothing of it: they only run it, and they know no bigint, Map or
 * Uint8Array. Code that was bundled together with another copy of class-transformer has its decorators in a storage of that copy.
 */
export function classDecorators(schema: MessageSchema): ClassDecorators | undefined {
  const { class: type } = schema
  if (type === undefined) return undefined
  const storage = storageOf()
  if (storage === undefined) return undefined
  const exposed = storage.getExposedProperties(type, transformationType.plain)
  const all = [...exposed, ...storage.getExposedProperties(type, transformationType.class)]
  const keys = new Set(schema.fields.map(field => field.key))
  const fields = [...keys].map(key => propertyDecorators(storage, type, key)).filter(one => one !== undefined)
  const strategy = storage.getStrategy(type)
  const others = [...new Set(all)].filter(key => !keys.has(key))
  if (fields.length === 0 && others.length === 0 && strategy === 'none') return undefined
  return { strategy, fields: new Map(fields.map(one => [one.key, one])), others }
}

function propertyDecorators(storage: Storage, type: Class, key: string): PropertyDecorators | undefined {
  const expose = storage.findExposeMetadata(type, key)
  const exclude = storage.findExcludeMetadata(type, key)
  const transforms = [transformationType.plain, transformationType.class].flatMap(direction =>
    storage.findTransformMetadatas(type, key, direction),
  )
  const typed = storage.findTypeMetadata(type, key)
  if (expose === undefined && exclude === undefined && transforms.length === 0 && typed === undefined) return undefined
  return {
    key,
    expose: expose && (expose.options ?? {}),
    exclude: exclude && (exclude.options ?? {}),
    transforms: [...new Set(transforms)].map(one => ({ run: one.transformFn, options: one.options ?? {} })),
    type: typed && { of: typed.typeFunction, options: typed.options ?? {} },
  }
}

/** Whether a decorator with these options holds in this direction. */
export function holdsIn(direction: Direction, options: ExcludeOptions): boolean {
  if (options.toClassOnly === options.toPlainOnly) return true
  return (direction === 'class') === (options.toClassOnly === true)
}

/** Values of class-transformer's enum `TransformationType`. */
export const transformationType = { class: 0, plain: 1 } as const

interface Found<O> {
  readonly options?: O
}

/** What is used of class-transformer's `MetadataStorage`. */
interface Storage {
  getStrategy(type: Class): ClassDecorators['strategy']
  getExposedProperties(type: Class, direction: number): string[]
  findExposeMetadata(type: Class, key: string): Found<ExposeOptions> | undefined
  findExcludeMetadata(type: Class, key: string): Found<ExcludeOptions> | undefined
  findTransformMetadatas(
    type: Class,
    key: string,
    direction: number,
  ): (Found<TransformOptions> & { readonly transformFn: PropertyTransform['run'] })[]
  findTypeMetadata(
    type: Class,
    key: string,
  ): (Found<TypeOptions> & { readonly typeFunction: PropertyType['of'] }) | undefined
}

/**
 * Two small files of the package, and not all of it: a process that does not use class-transformer loads no more. Undefined where it is not
 * installed: then no class can carry its decorators.
 */
function storageOf(): Storage | undefined {
  const load = createRequire(import.meta.url)
  try {
    return (load('class-transformer/cjs/storage.js') as { readonly defaultMetadataStorage: Storage })
      .defaultMetadataStorage
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}
