import { avro as avroCodec } from '../../codecs/avro/codec.js'
import { messageRefusedBy } from '../../codecs/method-serializers.js'
import { type AvroProtocol, documentedProtocolOf } from '../../protocols/avro/protocol-schema.js'
import { refusal, refusals } from '../../protocols/avro/unsupported.js'
import { lastName, packageOf } from '../../protocols/standard-services/descriptor-names.js'
import type { ServiceSchema } from '../../schema/service.js'
import { type Named, namedTypes } from '../declared.js'
import type { Contract, ExportFormat, WrittenFile } from '../format.js'
import { protocolToAvdl } from './avdl.js'

/** Avro's protocol as JSON, one file a service: the one of handshakes, with descriptions. */
export const avpr: ExportFormat = {
  title: 'Avro',
  refuses: refusal,
  refusals,
  refusesMessage: message => messageRefusedBy(avroCodec, message),
  write: contract => written(contract, 'avpr', avprText),
}

/** Avro's IDL, one file a service. */
export const avdl: ExportFormat = {
  title: 'Avro',
  refuses: refusal,
  refusals,
  refusesMessage: message => messageRefusedBy(avroCodec, message),
  write: contract => written(contract, 'avdl', protocolToAvdl),
}

function avprText({ text }: AvroProtocol): string {
  return `${JSON.stringify(JSON.parse(text), undefined, 2)}\n`
}

/** `Hello.avpr`, or `shop.v1.Hello.avpr` if a service of another package has that name too, or nearly: some disks ignore case. */
function written(contract: Contract, ending: string, text: (protocol: AvroProtocol) => string): WrittenFile[] {
  const { services } = contract
  const short = (service: ServiceSchema) => lastName(service.name).toLowerCase()
  const others = withoutMethods(contract)
  return services.map(service => {
    const isAlone = services.every(other => other === service || short(other) !== short(service))
    const path = `${isAlone ? lastName(service.name) : service.name}.${ending}`
    return { path, text: text(documentedProtocolOf(service, others.get(service))) }
  })
}

/** The types that no method uses, by the service in whose file they are: the first one of their package, or of all. */
function withoutMethods(contract: Contract): ReadonlyMap<ServiceSchema, readonly Named[]> {
  const { services } = contract
  const used = new Set(namedTypes({ services, messages: [] }).map(nameOf))
  const homes = new Map(services.map(service => [service, [] as Named[]]))
  for (const type of namedTypes(contract)) {
    if (used.has(nameOf(type))) continue
    const home = services.find(({ name }) => packageOf(name) === packageOf(nameOf(type))) ?? services[0]
    if (home !== undefined) homes.get(home)?.push(type)
  }
  return homes
}

function nameOf({ name }: Named): string {
  return name as string
}
