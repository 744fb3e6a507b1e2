import { refinedFromJson } from '../../codecs/avro/refined.js'
import type { InitialModel, TypeModel } from '../model.js'

/** A default in a schema; `value` is undefined for the type's zero. */
export interface AvroDefault {
  readonly value: InitialModel | undefined
}

/** @returns undefined for a default that classes cannot have */
export function defaultOf(json: unknown, type: TypeModel, symbols: readonly string[]): AvroDefault | undefined {
  switch (type.kind) {
    case 'list':
    case 'set':
      return Array.isArray(json) && json.length === 0 ? { value: undefined } : undefined
    case 'map':
      return typeof json === 'object' && json !== null && Object.keys(json).length === 0
        ? { value: undefined }
        : undefined
    case 'named':
      if (typeof json !== 'string' || !symbols.includes(json)) return undefined
      return { value: json === symbols[0] ? undefined : json }
    case 'union': {
      // Avro: the default is a value of the first branch.
      const first = type.branches[0] as TypeModel
      const found = defaultOf(json, first, symbols)
      const value = found?.value ?? (found && zeroOf(json, first))
      return value === undefined ? undefined : { value }
    }
    case 'scalar': {
      if (type.refined === undefined) return scalarDefault(json, type.name)
      const value = refinedFromJson(json, type.refined)
      return value === undefined ? undefined : { value }
    }
  }
}

/** A union has no zero of its own, so that one is written out. */
function zeroOf(json: unknown, type: TypeModel): InitialModel | undefined {
  if (type.kind === 'scalar' && type.name === 'int64') return 0n
  if (type.kind === 'scalar' && type.name === 'bytes') return new Uint8Array()
  return typeof json === 'string' || typeof json === 'number' || typeof json === 'boolean' ? json : undefined
}

function scalarDefault(json: unknown, name: string): AvroDefault | undefined {
  if (name === 'int64' && typeof json === 'number') return { value: json === 0 ? undefined : BigInt(json) }
  if (name === 'uint64') return json === '\u0000' ? { value: undefined } : undefined
  if (name === 'bytes' && typeof json === 'string')
    return { value: json === '' ? undefined : new Uint8Array(Buffer.from(json, 'latin1')) }
  if (name === 'timestamp') return undefined
  if (typeof json === 'number') return { value: json === 0 ? undefined : json }
  if (typeof json === 'string') return { value: json === '' ? undefined : json }
  return typeof json === 'boolean' ? { value: json || undefined } : undefined
}
