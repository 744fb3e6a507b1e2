import type { JsonObject, JsonValue } from './json-value.js'

interface Deprecatable {
  readonly deprecated?: boolean | undefined
  readonly properties?: JsonObject | undefined
}

/**
 * The custom properties of a declaration, with `deprecated` for formats that have no word for it.
 * @param bare its value where nothing more is said
 */
export function withDeprecation({ deprecated, properties }: Deprecatable, bare: JsonValue): JsonObject | undefined {
  return deprecated && properties?.deprecated === undefined ? { ...properties, deprecated: bare } : properties
}

/** The reverse of `withDeprecation`. A value that says more, such as what to use instead, stays a property. */
export function deprecationIn(properties: JsonObject | undefined, bare: JsonValue): Deprecatable {
  const { deprecated, ...others } = properties ?? {}
  if (deprecated === undefined || deprecated === false) return { properties }
  const rest = Object.keys(others).length === 0 ? undefined : others
  return { deprecated: true, properties: deprecated === bare ? rest : properties }
}
