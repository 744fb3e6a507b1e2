import type { Contract, ExportFormat } from './format.js'

/** What a format cannot describe. */
export interface NotCarried {
  /** A method or a message. */
  readonly construct: string
  readonly why: string
}

/** The contract without the methods and messages that the format cannot describe. */
export function carried(
  { services, messages, ...rest }: Contract,
  format: ExportFormat,
): { contract: Contract; refused: NotCarried[] } {
  const refused: NotCarried[] = []
  const refuses = format.refusals?.() ?? format.refuses
  const kept = services.map(service => ({
    ...service,
    methods: service.methods.filter(method => {
      const why = refuses(method)
      if (why !== undefined) refused.push({ construct: method.path.slice(1), why })
      return why === undefined
    }),
  }))
  const others = messages.filter(message => {
    const why = format.refusesMessage?.(message)
    if (why !== undefined) refused.push({ construct: message.name, why })
    return why === undefined
  })
  const offered = kept.filter(({ methods }) => methods.length > 0)
  // Types that are nested in them may be used by others.
  const scopes = messages.map(({ name }) => name)
  return { contract: { ...rest, messages: others, services: offered, scopes }, refused }
}
