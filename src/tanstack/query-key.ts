import type { MethodSchema } from '../schema/service.js'

/**
 * The key of a call: the service, the method, and the arguments as JSON can hold them. A prefix stands for all keys that begin with it:
 * `['hello.Hello']` for the calls of a service.
 */
export type RemoteKey = readonly [service: string, method: string, ...args: unknown[]]

export function keyOf({ serviceName, name }: MethodSchema, args: readonly unknown[]): RemoteKey {
  // A trailing argument that is left out is the same call as one that is undefined.
  const given = args.slice(0, args.findLastIndex(arg => arg !== undefined) + 1)
  return [serviceName, name, ...given.map(plain)]
}

/** TanStack hashes keys by `JSON.stringify`, which refuses a bigint and takes every map for the same. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return { bigint: String(value) }
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Uint8Array) return { bytes: Array.from(value) }
  if (value instanceof Date) return { date: value.toJSON() }
  if (value instanceof Map) return { map: Array.from(value, ([key, one]) => [plain(key), plain(one)]) }
  if (value instanceof Set) return { set: Array.from(value, plain) }
  if (Array.isArray(value)) return value.map(plain)
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]))
}
