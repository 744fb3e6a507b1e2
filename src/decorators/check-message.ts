import { Code, codeOf } from '../core/code.js'
import { misuse } from '../core/rpc-error.js'
import type { Class } from '../schema/type.js'
import type { DeclaredType } from './contract-checks.js'
import type { FieldDeclaration, MessageDeclaration } from './declaration.js'

/** What a class and its bases declare of an error's message. */
export function checkDeclaredFields(type: Class, isError: boolean, { ownText, fields }: MessageDeclaration): void {
  if (ownText !== undefined && !isError)
    throw misuse(
      'misplaced_option',
      `@Message of ${type.name}: the option message is for errors; leave it out, or extend RpcError`,
    )
  const field = isError ? fields.find(({ key }) => key === 'message') : undefined
  if (field === undefined) return
  // Class fields are initialised after the constructor, so a property of that name would overwrite the message.
  throw misuse(
    'reserved_property',
    `${type.name}.message: every error has a message already; leave the property out and ` +
      `write @Message('${type.name}', { message: ${field.number ?? true} }) on the class`,
  )
}

/** The code of a class of errors. */
export function checkErrorCode(type: Class, name: string): void {
  const code = codeOf(name)
  if (code !== undefined && code !== Code.ok) return
  const names = Object.values(Code).slice(1, 17).join(', ')
  throw misuse(
    'invalid_error_code',
    `@Message of ${type.name}: ${JSON.stringify(name)} is not the code of an error; write one of ${names}`,
  )
}

/** Makes an instance, as it is made for every message that is received. */
export function sampleOf(type: Class, create: () => unknown): Record<string, unknown> {
  try {
    return create() as Record<string, unknown>
  } catch (error) {
    throw misuse(
      'message_constructor',
      `${type.name}: a message is made by \`new ${type.name}()\`, which threw ${String(error)}; make the constructor's parameters optional`,
    )
  }
}

export function checkField(where: string, declared: DeclaredType, { number }: FieldDeclaration): void {
  if (declared.kind === 'nothing')
    throw misuse('misplaced_type', `${where}: nothing cannot be the type of a field; leave out the field`)
  if (declared.kind === 'optional' && declared.makeDefault !== undefined)
    throw misuse(
      'misplaced_type',
      `${where}: defaulted(...) is for arguments; write the type alone, and the default as the initial value of the property`,
    )
  const type = declared.kind === 'optional' ? declared.type : declared
  if (type.kind === 'oneof' && number !== undefined) {
    throw misuse(
      'misplaced_number',
      `${where}: the cases of a oneOf have numbers, the oneOf has none; ` +
        `write @Field(oneOf({ ${type.cases[0]?.name ?? 'email'}: [${number}, type] }))`,
    )
  }
}
