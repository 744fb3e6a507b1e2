// In a bundle this is class-transformer itself, the copy of the bundled decorators. In Node it is
// `unbundled.ts`: see `imports` in package.json.
import * as bundled from '#class-transformer'
import { misuse } from '../core/rpc-error.js'
import type { Class } from '../schema/type.js'
import { storageOf, type TransformerApi, type TransformerStorage } from './transformer-storage.js'

/** Whether a bundler has put this code into one file with its dependencies. */
export const isBundled = 'Exclude' in bundled

const proven = new Map<TransformerApi['Exclude'], TransformerStorage>()

/**
 * The storages of all copies of class-transformer, in the bundle of this code or loaded by Node. A process without one loads none.
 * @throws RpcError `failed_precondition` (`class_transformer_unreadable`)
 */
export function transformerStorages(): Iterable<TransformerStorage> {
  if ('Exclude' in bundled) prove(bundled)
  for (const api of loadedCopies()) prove(api)
  return proven.values()
}

/**
 * The storage with decorators of this class or one of its bases.
 * @throws RpcError `failed_precondition` (`class_transformer_copies`) if several copies have some
 */
export function storageFor(type: Class): TransformerStorage | undefined {
  const having = [...transformerStorages()].filter(storage => knows(storage, type))
  const [first, second] = having
  if (first === undefined || second === undefined) return first
  throw misuse(
    'class_transformer_copies',
    `class ${type.name} has decorators of two copies of class-transformer, in ${first.file} and ${second.file}; ` +
      `keep one of them: npm dedupe class-transformer`,
  )
}

/** A class and its bases, the nearest first. */
export function* lineage(type: Class): Generator<unknown> {
  for (let at: unknown = type; typeof at === 'function' && at !== Function.prototype; at = Object.getPrototypeOf(at))
    yield at
}

function knows({ exposed, excluded, transforms, types }: TransformerStorage, type: Class): boolean {
  for (const one of lineage(type)) if ([exposed, excluded, transforms, types].some(map => map.has(one))) return true
  return false
}

function prove(api: TransformerApi): void {
  if (!proven.has(api.Exclude)) proven.set(api.Exclude, storageOf(api))
}

// webpack replaces `createRequire` where it is imported by one that knows only its bundle.
const { createRequire } = process.getBuiltinModule('node:module')
/** Undefined in a worker, which has no files to load from. */
const load = process.execPath ? createRequire(process.execPath) : undefined
let seen = { count: 0, last: '' }

/** The copies that Node has loaded since the last call; on the first call all of them. */
function* loadedCopies(): Generator<TransformerApi> {
  if (load === undefined) return
  const names = Object.keys(load.cache)
  const now = { count: names.length, last: names.at(-1) ?? '' }
  if (now.count === seen.count && now.last === seen.last) return
  for (const name of names) {
    const api = apiAt(name)
    if (api !== undefined) yield api
  }
  seen = now
}

/** Finds a copy by its exports and not by its folder, which an alias may rename. */
function apiAt(name: string): TransformerApi | undefined {
  if (!/[\\/](?:storage|class-transformer\.umd(?:\.min)?)\.js$/.test(name)) return undefined
  const exports = load?.cache[name]?.exports as unknown
  if (typeof exports !== 'object' || exports === null) return undefined
  if ('Exclude' in exports) return exports as TransformerApi
  const { defaultMetadataStorage: storage } = exports as { readonly defaultMetadataStorage?: object }
  if (storage === undefined || !('addExcludeMetadata' in storage)) return undefined
  return createRequire(name)('./index.js') as TransformerApi
}
