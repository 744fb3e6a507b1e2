import { ByteWriter } from '../../bytes/byte-writer.js'
import { Fault, halfPair } from '../../values/fault.js'
import { type ThriftWriter, Wire, type WireType, wireName } from '../wire.js'

/** Types by the format's own names. */
export const typeNames: Readonly<Record<string, WireType>> = {
  tf: Wire.bool,
  i8: Wire.i8,
  i16: Wire.i16,
  i32: Wire.i32,
  i64: Wire.i64,
  dbl: Wire.double,
  str: Wire.binary,
  rec: Wire.struct,
  map: Wire.map,
  lst: Wire.list,
  set: Wire.set,
  uid: Wire.uuid,
}
const namesByType: readonly string[] = Object.entries(typeNames).reduce<string[]>((names, [name, type]) => {
  names[type] = name
  return names
}, [])

/** An open list or object. */
interface Scope {
  /** An object holds names and values in turn. */
  readonly isObject: boolean
  values: number
}

/** Writes Thrift's JSON protocol. */
export class JsonWriter extends ByteWriter implements ThriftWriter {
  private readonly scopes: Scope[] = []
  /** Per open struct: whether the object of its last field, `{"i32":5}`, is still open. */
  private readonly openFields: boolean[] = []

  private text(text: string): void {
    this.utf8(text, text.length)
  }

  /** Writes the separator before the next value. @returns whether that is a name in an object */
  private separate(): boolean {
    const scope = this.scopes.at(-1)
    if (scope === undefined) return false
    const isName = scope.isObject && scope.values % 2 === 0
    if (scope.values > 0) this.text(scope.isObject && !isName ? ':' : ',')
    scope.values++
    return isName
  }

  private open(bracket: '{' | '['): void {
    this.separate()
    this.text(bracket)
    this.scopes.push({ isObject: bracket === '{', values: 0 })
  }

  private close(): void {
    this.text(this.scopes.pop()?.isObject ? '}' : ']')
  }

  private value(text: string): void {
    this.text(this.separate() ? `"${text}"` : text)
  }

  private quoted(text: string): void {
    this.separate()
    this.text(`"${text}"`)
  }

  beginMessage(kind: number, name: Uint8Array, sequence: number): void {
    // A message before it may have been cut off in the middle of its scopes.
    this.scopes.length = this.openFields.length = 0
    this.open('[')
    this.value('1')
    this.separate()
    this.raw(name)
    this.value(String(kind))
    this.value(String(sequence))
  }

  endMessage(): void {
    this.close()
  }

  beginStruct(): number {
    this.open('{')
    this.openFields.push(false)
    return 0
  }

  field(type: WireType, id: number): void {
    this.closeField()
    this.quoted(String(id))
    this.open('{')
    this.quoted(namesByType[type] as string)
    this.openFields[this.openFields.length - 1] = true
  }

  private closeField(): void {
    if (this.openFields.at(-1)) this.close()
  }

  endStruct(): void {
    this.closeField()
    this.openFields.pop()
    this.close()
  }

  beginList(_type: WireType, element: WireType, size: number): void {
    this.open('[')
    this.quoted(namesByType[element] as string)
    this.value(String(size))
  }

  endList(): void {
    this.close()
  }

  beginMap(key: WireType, value: WireType, size: number): void {
    if (key >= Wire.struct && key <= Wire.list)
      throw new Fault(`a map whose keys are of type ${wireName(key)}, which the JSON protocol does not have`)
    this.open('[')
    this.quoted(namesByType[key] as string)
    this.quoted(namesByType[value] as string)
    this.value(String(size))
    this.open('{')
  }

  endMap(): void {
    this.close()
    this.close()
  }

  bool(value: boolean): void {
    this.value(value ? '1' : '0')
  }

  i8(value: number): void {
    this.value(String(value))
  }

  i16(value: number): void {
    this.value(String(value))
  }

  i32(value: number): void {
    this.value(String(value))
  }

  i64(value: bigint): void {
    this.value(String(BigInt.asIntN(64, value)))
  }

  long(value: number): void {
    this.value(String(value))
  }

  double(value: number): void {
    if (Number.isFinite(value)) this.value(Object.is(value, -0) ? '-0' : String(value))
    else this.quoted(String(value))
  }

  string(value: string): void {
    if (!value.isWellFormed()) throw halfPair()
    this.separate()
    const json = JSON.stringify(value)
    this.utf8(json, Buffer.byteLength(json))
  }

  binary(value: Uint8Array): void {
    this.quoted(Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64'))
  }

  uuid(value: string): void {
    this.quoted(hyphenated(value.toLowerCase()))
  }
}

/** @param hex sixteen bytes */
export function hyphenated(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
