import type { Idempotency } from '../core/call.js'
import type { FileDescriptorProto } from '../protocols/standard-services/descriptor-messages.js'
import type { JsonObject, JsonValue } from '../schema/json-value.js'
import type { Refinement } from '../schema/refinement.js'
import type { Reserved } from '../schema/reserved.js'
import type { ScalarName } from '../schema/type.js'

// What an interface definition says, whatever its format. Readers make it, the TypeScript writer and the classes at run time are made of
// it.

export interface SourceModel {
  /** For the first line of the result: `proto/shop/v1/orders.proto`. */
  readonly source: string
  /** Of the result, relative to the output folder and without an ending: `shop/v1/orders`. */
  readonly path: string
  readonly doc: string | undefined
  /** The package of its constants, if it has some. */
  readonly pack?: string | undefined
  readonly enums: readonly EnumModel[]
  readonly messages: readonly MessageModel[]
  readonly constants: readonly ConstantModel[]
  /** Names for types: Thrift's typedefs. */
  readonly aliases?: readonly AliasModel[]
  readonly services: readonly ServiceModel[]
}

export type TypeModel = Aliased & AnyType

interface Aliased {
  /** The full name by which the source calls the type. */
  readonly alias?: string | undefined
}

type AnyType =
  | {
      readonly kind: 'scalar'
      readonly name: ScalarName
      readonly wrapped?: true | undefined
      readonly refined?: Refinement | undefined
    }
  /** A message or an enum, by its full name. */
  | { readonly kind: 'named'; readonly name: string; readonly delimited?: true | undefined }
  | { readonly kind: 'list' | 'set'; readonly element: TypeModel }
  /** Without names. Only within a list, a set or a map it is nullable. */
  | {
      readonly kind: 'union'
      readonly branches: readonly TypeModel[]
      readonly isNullable: boolean
      /** The place of null, if it is not the first. */
      readonly nullAt?: number | undefined
    }
  | { readonly kind: 'map'; readonly key: TypeModel; readonly value: TypeModel }

export interface Documented {
  readonly doc?: string | undefined
  readonly deprecated?: boolean | undefined
  /** Custom properties of Avro, annotations of Thrift. */
  readonly properties?: JsonObject | undefined
}

export interface EnumModel extends Documented {
  /** With its package: `shop.v1.OrderState`. */
  readonly name: string
  /** Without its package: `Order.State` of an enum within a message. */
  readonly localName: string
  readonly members: readonly ({ readonly name: string; readonly number: number } & Documented)[]
  readonly reserved?: Reserved | undefined
  /** The member that a reader of Avro takes for an unknown one, if that is not the first; null if it refuses it. */
  readonly unknown?: string | null | undefined
}

export interface MessageModel extends Documented {
  readonly name: string
  readonly localName: string
  readonly isError: boolean
  /** The field that holds the text of an error, if it has one. */
  readonly ownText?: { readonly name: string; readonly number: number | undefined } | undefined
  /** The code of an error on every wire. Default: the one that it is thrown with. */
  readonly code?: string | undefined
  /** As an option of `@Message`. */
  readonly reserved?: Reserved | undefined
  readonly fields: readonly (FieldModel | OneOfModel)[]
}

export interface FieldModel extends Documented {
  readonly kind: 'field'
  readonly name: string
  readonly jsonName: string
  readonly number: number | undefined
  readonly type: TypeModel
  readonly presence: 'implicit' | 'optional' | 'required'
  /** What an absent one has, if that is not the zero: of an enum the member's name. */
  readonly initial?: InitialModel | undefined
  /** Whether it has a default and may be absent besides: Thrift's `optional`, a union of Avro with null. */
  readonly isOptional?: true | undefined
  /** The place of null in its union, if it is not the usual one. */
  readonly nullAt?: number | undefined
  /** Whether null in the first place is not its default in Avro. */
  readonly noDefault?: true | undefined
  readonly aliases?: readonly string[] | undefined
  readonly sensitive?: boolean | undefined
}

/** An array for a list or a set, a Map for a map, and one by the names of fields and cases for a message. */
export type InitialModel =
  | string
  | number
  | bigint
  | boolean
  | null
  | Date
  | Uint8Array
  | readonly InitialModel[]
  | ReadonlyMap<InitialModel, InitialModel>
  | JsonInitial
  | BranchInitial

/** An object or a list of `struct`, `value`, `listValue` or `fieldMask`. */
export interface JsonInitial {
  readonly json: JsonValue
}

/** A value of another branch of a union than the first. */
export interface BranchInitial {
  readonly branch: number
  readonly value: InitialModel
}

export interface OneOfModel extends Documented {
  readonly kind: 'oneof'
  /** Whether the values of one of its cases are. */
  readonly sensitive?: boolean | undefined
  readonly name: string
  /** What an absent one has. Default: nothing. */
  readonly initial?: { readonly case: string; readonly value: InitialModel } | undefined
  readonly cases: readonly ({
    readonly name: string
    readonly jsonName?: string | undefined
    readonly number: number | undefined
    readonly type: TypeModel
  } & Documented)[]
}

export interface AliasModel extends Documented {
  readonly name: string
  readonly localName: string
  readonly type: TypeModel
}

export interface ConstantModel extends Documented {
  readonly name: string
  /** Default: that of its file. */
  readonly pack?: string | undefined
  readonly type: TypeModel
  readonly value: InitialModel
}

export interface ServiceModel extends Documented {
  readonly name: string
  readonly localName: string
  /** The full name of the service that it extends. */
  readonly base?: string | undefined
  readonly methods: readonly MethodModel[]
}

export interface MethodModel extends Documented {
  readonly name: string
  /** One message, or positional arguments. */
  readonly input: { readonly message: string; readonly streams: boolean } | { readonly args: readonly FieldModel[] }
  /** Undefined: nothing. `google.protobuf.Empty` is nothing too, if it is not streamed. */
  readonly output: TypeModel | undefined
  readonly outputStreams: boolean
  readonly outputIsOptional?: boolean | undefined
  /** The place of null in the union of the reply, if it is not the first. */
  readonly outputNullAt?: number | undefined
  readonly idempotency: Idempotency
  readonly oneway: boolean
  /** Whether its stream of replies can continue after a reply. Default: false, and unknown to every format but the lock. */
  readonly resumable?: boolean | undefined
  /** The property of a reply that tells it from all others, if only that does. Default: unknown, as it is to every format. */
  readonly resumeKey?: string | undefined
  /** As `@Http` takes them. Default: none. */
  readonly routes?: readonly RouteModel[] | undefined
  /** Full names. */
  readonly throws: readonly string[]
  /** Thrift's ids of them, if these are not 1, 2, 3 ... */
  readonly throwIds?: readonly number[] | undefined
}

/** What a reader found. */
export interface ReadModel {
  readonly files: readonly SourceModel[]
  /** What is written, though not all that the source says can be kept. */
  readonly notes: readonly string[]
  /** The descriptors of these files, if the source is protobuf. */
  readonly descriptors?: readonly FileDescriptorProto[] | undefined
}

export interface RouteModel {
  /** `GET /v1/users/{id}` */
  readonly route: string
  readonly body?: string | undefined
  readonly responseBody?: string | undefined
  // What only classes have.
  readonly status?: number | undefined
  readonly location?: string | undefined
  readonly consumes?: string | undefined
  readonly produces?: string | undefined
}
