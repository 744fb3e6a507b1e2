/** The types of a contract, as JSON for the page. */

/** Messages and enums by name. */
export type TypeTable = Readonly<Record<string, TypeEntry>>

export type TypeEntry =
  | { readonly kind: 'message'; readonly doc: string | null; readonly fields: readonly FieldEntry[] }
  | { readonly kind: 'enum'; readonly doc: string | null; readonly values: readonly EnumEntry[] }

export interface EnumEntry {
  readonly name: string
  readonly number: number
  readonly doc: string | null
}

export interface FieldEntry {
  /** In JSON. */
  readonly name: string
  /** In TypeScript. */
  readonly key: string
  readonly number: number | null
  readonly type: TypeRef
  readonly doc: string | null
  readonly optional: boolean
  readonly sensitive: boolean
  readonly deprecated: boolean
}

export type TypeRef =
  | { readonly kind: 'scalar'; readonly name: string }
  | { readonly kind: 'message'; readonly name: string }
  | { readonly kind: 'enum'; readonly name: string }
  | { readonly kind: 'list' | 'set'; readonly element: TypeRef }
  | { readonly kind: 'map'; readonly key: TypeRef; readonly value: TypeRef }
  | { readonly kind: 'oneof'; readonly cases: readonly FieldEntry[] }
