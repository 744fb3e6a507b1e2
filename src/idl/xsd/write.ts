import { rootName } from '../../codecs/xml/elements.js'
import { xmlSchemaOfAll } from '../../codecs/xml/schema.js'
import { rootsOf } from '../../protocols/standard-services/descriptor-names.js'
import type { MessageSchema } from '../../schema/message.js'
import type { ExportFormat } from '../format.js'
import { Refusal } from '../refusal.js'

/** XML Schema 1.0 of the messages as the XML codec writes them. Each request, reply and exported message can be a document. */
export const xsd: ExportFormat = {
  title: 'XML Schema',
  refuses: () => undefined,
  write({ services, messages }) {
    const roots = new Map<string, MessageSchema>()
    for (const message of [...rootsOf(services), ...messages]) {
      const known = roots.get(rootName(message))
      if (known === undefined) roots.set(rootName(message), message)
      else if (known.name !== message.name)
        throw new Refusal(
          message.name,
          `element ${rootName(message)}`,
          `${known.name} is a document of that name too; export their modules one by one`,
        )
    }
    return [{ path: 'schema.xsd', text: xmlSchemaOfAll([...roots.values()]) }]
  },
}
