import { isDeepStrictEqual } from 'node:util'
import type {
  ExcludeOptions,
  ExposeOptions,
  TransformFnParams,
  TransformOptions,
  TypeHelpOptions,
  TypeOptions,
} from 'class-transformer'
import { misuse } from '../core/rpc-error.js'
import { callerFiles } from './caller-files.js'

/** The part of class-transformer's public API that is used. */
export type TransformerApi = Pick<
  typeof import('class-transformer'),
  'Exclude' | 'Expose' | 'Transform' | 'Type' | 'instanceToPlain'
>

/** Entries by class, then by property; `undefined` is the class itself. */
export type Metadata<M> = Map<unknown, Map<string | undefined, M>>

export interface ExposeMetadata {
  readonly options: ExposeOptions
}

export interface ExcludeMetadata {
  readonly options: ExcludeOptions
}

export interface TransformMetadata {
  readonly transformFn: (params: TransformFnParams) => unknown
  readonly options: TransformOptions
}

export interface TypeMetadata {
  readonly typeFunction: ((options?: TypeHelpOptions) => unknown) | undefined
  readonly options: TypeOptions
}

/** The storage of the decorators of one copy of class-transformer. */
export interface TransformerStorage {
  readonly exposed: Metadata<ExposeMetadata>
  readonly excluded: Metadata<ExcludeMetadata>
  readonly transforms: Metadata<TransformMetadata[]>
  readonly types: Metadata<TypeMetadata>
  /** The file of its decorators: one of the package, or the bundle that contains it. */
  readonly file: string | undefined
}

/**
 * Finds the storage of a copy of class-transformer, and proves with its public functions that they read it.
 *
 * The package does not export its storage, and a bundle has no file to import it from. So decorators are applied to a class of ours, and
 * the maps that they write to are observed.
 * @throws RpcError `failed_precondition` (`class_transformer_unreadable`)
 */
export function storageOf(api: TransformerApi): TransformerStorage {
  try {
    return provenStorage(api)
  } catch (error) {
    throw misuse(
      'class_transformer_unreadable',
      `class-transformer: polywire cannot read its decorators, so @Exclude would not hold ` +
        `(${error instanceof Error ? error.message : String(error)}); install class-transformer 0.5.1`,
    )
  }
}

function provenStorage({ Exclude, Expose, Transform, Type, instanceToPlain }: TransformerApi): TransformerStorage {
  class Probe {
    shown = 1
    hidden = 1
    made = 1
    typed = 1
  }
  let file: string | undefined
  const watched = {
    get constructor() {
      file = callerFiles()[1]
      return Probe
    },
  }
  const written = <M>(key: string, decorate: PropertyDecorator) =>
    mapWritten<M>(Probe, key, () => decorate(watched, key))
  const storage = {
    exposed: written<ExposeMetadata>('shown', Expose({ name: 'renamed' })),
    excluded: written<ExcludeMetadata>('hidden', Exclude()),
    transforms: written<TransformMetadata[]>(
      'made',
      Transform(() => 2),
    ),
    types: written<TypeMetadata>(
      'typed',
      Type(() => String),
    ),
    file,
  }
  const decorated = instanceToPlain(new Probe())
  for (const map of [storage.exposed, storage.excluded, storage.transforms, storage.types]) map.delete(Probe)
  const bare = instanceToPlain(new Probe())
  if (
    !isDeepStrictEqual(decorated, { renamed: 1, made: 2, typed: '1' }) ||
    !isDeepStrictEqual(bare, { ...new Probe() })
  )
    throw new Error('instanceToPlain does not read the maps that its decorators write to')
  return storage
}

/** The map, of those that were read, in which the class now has that property. */
function mapWritten<M>(type: unknown, key: string, write: () => void): Metadata<M> {
  const visited = new Set<Map<unknown, unknown>>()
  const { has } = Map.prototype
  Map.prototype.has = function (this: Map<unknown, unknown>, key: unknown) {
    visited.add(this)
    return has.call(this, key)
  }
  try {
    write()
  } finally {
    Map.prototype.has = has
  }
  for (const map of visited) {
    const properties = map.get(type)
    if (properties instanceof Map && properties.has(key)) return map as Metadata<M>
  }
  throw new Error('its decorators write to no map')
}
