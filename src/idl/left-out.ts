import { packageOf } from '../protocols/standard-services/descriptor-names.js'
import type { EnumModel, SourceModel } from './model.js'
import { Refusal } from './refusal.js'
import { namesIn, namesOf, namesOfMethod } from './typescript/order.js'

/** A declaration that is left out. */
export interface LeftOutPart {
  /** Undefined if it is left out for what it uses. */
  readonly file?: string | undefined
  /** Undefined if its source has no lines. */
  readonly line?: number | undefined
  readonly construct: string
  readonly why: string
  /** The place, the construct and the reason. */
  readonly text: string
}

/** What `--skip` leaves out: declarations that classes cannot express, and those that use them. */
export class LeftOut {
  readonly parts: LeftOutPart[] = []
  /** Full names of messages and aliases. */
  private readonly missing = new Set<string>()
  private readonly told = new Set<string>()

  /** Sentences, each with the place or the name of what is left out. */
  get all(): string[] {
    return this.parts.map(({ text }) => text)
  }

  add(name: string, refusal: Refusal): void {
    this.missing.add(name)
    if (this.told.has(refusal.message)) return
    this.told.add(refusal.message)
    this.parts.push(partOf(refusal))
  }

  private addUser(construct: string, used: string): void {
    const why = `it uses ${used}`
    this.parts.push({ construct, why, text: `${construct}: ${why}` })
  }

  /** The files without what uses a message that is left out: a message without a field of it would have other bytes. */
  without(files: readonly SourceModel[]): SourceModel[] {
    this.spread(files)
    const rest = files.map(file => ({
      ...file,
      messages: file.messages.filter(({ name }) => !this.missing.has(name)),
      aliases: file.aliases?.filter(({ name }) => !this.missing.has(name)) ?? [],
      constants: file.constants.filter(({ name, type }) => !this.uses(name, namesOf(type))),
      services: file.services.map(service => ({
        ...service,
        methods: service.methods.filter(method => !this.uses(`${service.name}/${method.name}`, namesOfMethod(method))),
      })),
    }))
    const used = new Set(rest.flatMap(namesOfFile))
    // An enum within a message that is left out has no other reason to be there than its other users.
    const isKept = ({ name }: EnumModel) =>
      !this.missing.has(name) && (!this.missing.has(packageOf(name)) || used.has(name))
    return rest.map(file => ({ ...file, enums: file.enums.filter(isKept) }))
  }

  private spread(files: readonly SourceModel[]): void {
    const users = new Map<string, string[]>()
    const add = (name: string, types: readonly string[]) => {
      for (const used of types) {
        const known = users.get(used)
        if (known === undefined) users.set(used, [name])
        else known.push(name)
      }
    }
    for (const { messages, aliases = [] } of files) {
      for (const { name, fields } of messages) add(name, fields.flatMap(namesIn))
      for (const { name, type } of aliases) add(name, namesOf(type))
    }
    for (const used of this.missing)
      for (const name of users.get(used) ?? [])
        if (!this.missing.has(name)) {
          this.missing.add(name)
          this.addUser(name, used)
        }
  }

  private uses(name: string, types: readonly string[]): boolean {
    const used = types.find(type => this.missing.has(type))
    if (used !== undefined) this.addUser(name, used)
    return used !== undefined
  }
}

/** The full names of the types that the declarations of a file use. */
function namesOfFile({ messages, aliases = [], constants, services }: SourceModel): string[] {
  return [
    ...messages.flatMap(({ fields }) => fields.flatMap(namesIn)),
    ...[...aliases, ...constants].flatMap(({ type }) => namesOf(type)),
    ...services.flatMap(({ methods }) => methods.flatMap(namesOfMethod)),
  ]
}

/** A refusal with its place as data. */
export function partOf({ where, construct, why, message }: Refusal): LeftOutPart {
  // The number behind a URL is a port. In a document of OpenAPI a JSON pointer stands for the line.
  const isUrl = /^[a-z][a-z\d+.-]*:\/\//i.test(where)
  const place = where.replace(/(?<=\.(?:json|ya?ml))#\/.*$/s, '')
  const [, file = place, line] = (isUrl ? null : /^(.*?):(\d+)(?::\d+)?$/s.exec(place)) ?? []
  return { file, line: line === undefined ? undefined : Number(line), construct, why, text: message }
}

/**
 * What `read` makes of a declaration; nothing if it cannot be expressed and may be left out.
 * @param leftOut undefined: nothing may be
 */
export function kept<T>(leftOut: LeftOut | undefined, name: string, read: () => T): T[] {
  try {
    return [read()]
  } catch (error) {
    if (leftOut === undefined || !(error instanceof Refusal)) throw error
    leftOut.add(name, error)
    return []
  }
}
