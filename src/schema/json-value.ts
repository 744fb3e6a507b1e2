/** A value that `JSON.stringify` writes as it is. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject

/** An object of JSON. */
export interface JsonObject {
  /** A property. */
  readonly [key: string]: JsonValue
}
