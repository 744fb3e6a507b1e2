import type { SourceModel } from '../model.js'
import { Refusal } from '../refusal.js'

const identifier = /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u

/**
 * Checks every name of a file that becomes a name of TypeScript. The compilers of IDLs allow none but identifiers; a descriptor set, the
 * reflection of a server or Avro's JSON may have any text, which would be written as code.
 *
 * @throws Refusal for a name that is not an identifier
 */
export function checkNames({ source, enums, messages, services, constants, aliases = [] }: SourceModel): void {
  const check = (what: string, name: string) => {
    if (!identifier.test(name))
      throw new Refusal(source, `${what} ${JSON.stringify(name)}`, 'the name is not an identifier; rename it')
  }
  const checkAll = (what: string, named: readonly { readonly name: string }[]) => {
    for (const { name } of named) check(what, name)
  }
  for (const { localName } of [...enums, ...messages, ...services, ...aliases])
    for (const part of localName.split('.')) check('type', part)
  checkAll('constant', constants)
  for (const { fields } of messages) {
    checkAll('field', fields)
    for (const field of fields) if (field.kind === 'oneof') checkAll('field', field.cases)
  }
  for (const { methods } of services) {
    checkAll('method', methods)
    for (const { input } of methods) if ('args' in input) checkAll('argument', input.args)
  }
}
