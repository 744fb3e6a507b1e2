import type { Endpoint } from '../core/endpoint.js'
import { withPort } from './address.js'

/**
 * An endpoint in etcd, in the form of etcd's Go client (naming/endpoints), so that services in other languages find each other: the key is
 * `<name>/<address>`, the value JSON with `Addr` and `Metadata`.
 */
export function entryKey(name: string, address: string): Uint8Array {
  return encoder.encode(`${name}/${address}`)
}

export function entryValue(endpoint: Endpoint): Uint8Array {
  const { address, ...metadata } = endpoint
  return encoder.encode(JSON.stringify({ Op: 0, Addr: address, Metadata: metadata }))
}

/** The range of all keys that begin with `<name>/`. */
export function entryRange(name: string): { key: Uint8Array; rangeEnd: Uint8Array } {
  const key = encoder.encode(`${name}/`)
  const rangeEnd = key.slice()
  rangeEnd[rangeEnd.length - 1] = (rangeEnd[rangeEnd.length - 1] as number) + 1
  return { key, rangeEnd }
}

export interface EtcdEntry {
  readonly endpoint: Endpoint
  /** Its invalid properties, which were ignored: `weight 1e+300`. */
  readonly disbelieved: readonly string[]
}

/** @throws Error if the value is not an entry */
export function readEntry(value: Uint8Array): EtcdEntry {
  const entry = JSON.parse(decoder.decode(value)) as {
    Addr?: unknown
    Metadata?: Record<string, unknown> | null
  } | null
  if (typeof entry?.Addr !== 'string') throw new Error('it has no Addr')
  const claims = Object.entries(properties).map(([name, fits]) => ({ name, fits, value: entry.Metadata?.[name] }))
  const made = claims.filter(claim => claim.value !== undefined)
  return {
    endpoint: {
      address: withPort(entry.Addr, 80),
      ...Object.fromEntries(made.filter(claim => claim.fits(claim.value)).map(({ name, value }) => [name, value])),
    },
    disbelieved: made
      .filter(claim => !claim.fits(claim.value))
      .map(({ name, value }) => `${name} ${JSON.stringify(value)}`),
  }
}

/** The properties of an endpoint that an entry may set. */
const properties: Readonly<Record<string, (value: unknown) => boolean>> = {
  weight: value => typeof value === 'number' && value > 0 && value <= maxWeight,
  zone: value => typeof value === 'string',
  priority: value => typeof value === 'number' && Number.isInteger(value) && value >= 0,
}

/** The largest weight of an entry, so that a wrong one does not attract every call. */
export const maxWeight = 1000
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })
