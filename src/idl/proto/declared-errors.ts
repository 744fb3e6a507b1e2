import { Code, codeOf } from '../../core/code.js'
import {
  type DescriptorProto,
  type ErrorOptions,
  FieldLabel,
  FieldType,
  type FileDescriptorProto,
  type MethodDescriptorProto,
} from '../../protocols/standard-services/descriptor-messages.js'
import { wellKnownTypeOf } from '../../schema/well-known.js'
import type { MessageModel } from '../model.js'
import { ownClasses } from '../own-classes.js'
import { readDirectives } from './directives.js'
import { Locations } from './locations.js'
import { dotted } from './names.js'

/** The errors that methods declare, by options of polywire or in comments. */
export class DeclaredErrors {
  /** Full names of the messages that can be one. */
  private readonly messages = new Set<string>()
  private readonly thrown = new Set<string>()

  constructor(files: readonly FileDescriptorProto[]) {
    for (const { package: pack, messageType } of files) this.add(pack, messageType)
    for (const file of files) {
      const at = new Locations(file.name, file.sourceCodeInfo)
      for (const [index, { method }] of file.service.entries())
        for (const [place, one] of method.entries()) {
          const { doc } = at.documented([6, index, 2, place], undefined)
          for (const name of this.of(one, doc, file.package).throws) this.thrown.add(name)
        }
    }
  }

  /** The full names of what a method throws, and the names that no message has. */
  of({ options }: MethodDescriptorProto, comment: string | undefined, pack: string): Thrown {
    const throws = new Set<string>()
    const unknown: string[] = []
    for (const name of [...(options?.throws ?? []), ...readDirectives(comment).throws]) {
      const full = [name, dotted(pack, name)].find(one => this.messages.has(one))
      if (full === undefined) unknown.push(name)
      else throws.add(full)
    }
    return { throws: [...throws], unknown }
  }

  /** What the model of a message has besides, if it is an error. */
  model(name: string, message: DescriptorProto, comment: string | undefined): ErrorParts {
    const said: ErrorOptions | undefined = message.options?.error ?? readDirectives(comment).error
    if (said === undefined && !this.thrown.has(name)) return { isError: false }
    const text = message.field.find(one => one.name === said?.text && isPlainString(one))
    const code = codeOf(said?.code)
    return {
      isError: true,
      ...(text && { ownText: { name: text.name, number: text.number } }),
      ...(code !== undefined && code !== Code.ok && { code: Code[code] }),
    }
  }

  private add(scope: string, messages: readonly DescriptorProto[]): void {
    for (const { name, nestedType, options } of messages) {
      const full = dotted(scope, name)
      if (!options?.mapEntry && wellKnownTypeOf(full) === undefined && !ownClasses.has(full)) this.messages.add(full)
      this.add(full, nestedType)
    }
  }
}

interface Thrown {
  readonly throws: readonly string[]
  readonly unknown: readonly string[]
}

type ErrorParts = Pick<MessageModel, 'isError' | 'ownText' | 'code'>

function isPlainString({ type, label, oneofIndex, proto3Optional }: DescriptorProto['field'][number]): boolean {
  const isAlone = oneofIndex === undefined || proto3Optional === true
  return type === FieldType.TYPE_STRING && label !== FieldLabel.LABEL_REPEATED && isAlone
}
