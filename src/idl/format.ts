import type { MessageSchema } from '../schema/message.js'
import type { MethodSchema, ServiceSchema } from '../schema/service.js'
import type { EnumType } from '../schema/type.js'
import type { Alias, Constants } from '../schema/typedef.js'

/** What a module declares: its services, and the messages and enums that it exports besides those that the services use. */
export interface Contract {
  readonly services: readonly ServiceSchema[]
  readonly messages: readonly MessageSchema[]
  /** With a name. Default: those that the messages use. */
  readonly enums?: readonly EnumType[]
  /** Default: those that the messages and the methods use. */
  readonly aliases?: readonly Alias[]
  /** Default: none. */
  readonly constants?: readonly Constants[]
  /** The full names of messages that were left out, in which other types may be nested. Default: none. */
  readonly scopes?: readonly string[]
}

/** A file of an interface definition. */
export interface WrittenFile {
  /** Relative to the output folder: `shop/v1.proto`. */
  readonly path: string
  readonly text: string
}

/** A format that classes can be exported to. */
export interface ExportFormat {
  /** For messages: `Thrift`. */
  readonly title: string
  /** Why the format cannot describe a method, as a clause; undefined if it can. */
  refuses(method: MethodSchema): string | undefined
  /** As `refuses`, for all methods of a contract at once. Default: `refuses` */
  refusals?(): (method: MethodSchema) => string | undefined
  /** Why the format cannot describe a message, whether a method uses it or not. Default: it describes all. */
  refusesMessage?(message: MessageSchema): string | undefined
  /**
   * The files of a contract. The same contract gives the same bytes.
   * @throws Refusal for a name that the format cannot have; RpcError for a type that it cannot carry
   */
  write(contract: Contract): readonly WrittenFile[]
}
