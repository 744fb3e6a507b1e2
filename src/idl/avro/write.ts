import { documentedProtocolOf } from '../../protocols/avro/protocol-schema.js'
import { refusal, refusals } from '../../protocols/avro/unsupported.js'
import { lastName } from '../../protocols/standard-services/descriptor-names.js'
import type { ServiceSchema } from '../../schema/service.js'
import type { ExportFormat, WrittenFile } from '../format.js'
import { protocolToAvdl } from './avdl.js'

/** Avro's protocol as JSON, one file a service: the one of handshakes, with descriptions. */
export const avpr: ExportFormat = {
  title: 'Avro',
  refuses: refusal,
  refusals,
  write: ({ services }) => written(services, 'avpr', avprText),
}

/** Avro's IDL, one file a service. */
export const avdl: ExportFormat = {
  title: 'Avro',
  refuses: refusal,
  refusals,
  write: ({ services }) => written(services, 'avdl', service => protocolToAvdl(documentedProtocolOf(service))),
}

function avprText(service: ServiceSchema): string {
  return `${JSON.stringify(JSON.parse(documentedProtocolOf(service).text), undefined, 2)}\n`
}

/** `Hello.avpr`, or `shop.v1.Hello.avpr` if a service of another package has that name too, or nearly: some disks ignore case. */
function written(
  services: readonly ServiceSchema[],
  ending: string,
  text: (service: ServiceSchema) => string,
): WrittenFile[] {
  const short = (service: ServiceSchema) => lastName(service.name).toLowerCase()
  return services.map(service => {
    const isAlone = services.every(other => other === service || short(other) !== short(service))
    return { path: `${isAlone ? lastName(service.name) : service.name}.${ending}`, text: text(service) }
  })
}
