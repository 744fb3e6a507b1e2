import type { Endpoint } from '../../../core/endpoint.js'
import { misuse } from '../../../core/rpc-error.js'
import type { ServiceSchema } from '../../../schema/service.js'
import { dialHttp, prepareHttp } from '../../http1/client/dial.js'
import { openSocket } from '../../open-socket.js'
import type { ClientSettings, Dialer, Link } from '../../protocol.js'
import { type AvroOptions, readOptions } from '../options.js'
import { BoundService } from './bound-method.js'
import { AvroConnection, type AvroConnectionSettings } from './connection.js'
import { ClientHandshake } from './handshake.js'
import { HttpAvro } from './http-link.js'
import { AvroLink } from './link.js'

export const defaultPort = 65_111

export class AvroDialer implements Dialer {
  private readonly services: readonly BoundService[]
  private readonly options: AvroOptions
  readonly prepare: (() => Promise<void>) | undefined

  /** @throws RpcError `failed_precondition` for a codec other than `avro`, an unknown transport, names that clash */
  constructor(
    services: readonly ServiceSchema[],
    private readonly settings: ClientSettings,
  ) {
    if (settings.codec.name !== 'avro')
      throw misuse('codec_not_carried', `avro carries only the Avro codec; leave out codec=${settings.codec.name}`)
    this.services = services.map(service => new BoundService(service, settings.limits))
    this.options = readOptions(settings.options)
    this.prepare = this.options.transport === 'http' ? prepareHttp : undefined
  }

  *warmUp(): Iterable<void> {
    for (const { methods } of this.services) for (const method of methods.values()) yield method.warmUp()
  }

  async dial({ address }: Endpoint, signal: AbortSignal): Promise<Link> {
    const { settings } = this
    const { limits } = settings
    const { transport, path } = this.options
    const handshakes = new Map(this.services.map(service => [service.schema.name, new ClientHandshake(service)]))
    if (transport === 'http')
      return dialHttp({ address, settings, begin: new HttpAvro({ path, limits, handshakes }).begin }, signal)
    const link = new AvroLink((serviceName, abort) => {
      const handshake = handshakes.get(serviceName) as ClientHandshake
      return this.open({ address, handshake, framing: transport, limits }, abort)
    })
    const [first] = this.services
    if (first !== undefined) await link.connect(first.schema.name, signal)
    return link
  }

  private async open(connectionSettings: AvroConnectionSettings, signal: AbortSignal): Promise<AvroConnection> {
    const { settings } = this
    const { clock, connectTimeout } = settings
    const socket = await openSocket({ address: connectionSettings.address, defaultPort, settings }, signal)
    const connection = new AvroConnection(socket, connectionSettings)
    const abort = () => socket.destroy()
    const timer = clock.schedule(connectTimeout, {
      expire: () => socket.destroy(new Error(`no handshake within ${connectTimeout} ms (connectTimeout)`)),
    })
    signal.addEventListener('abort', abort)
    try {
      await connection.introduce()
      return connection
    } finally {
      timer.cancel()
      signal.removeEventListener('abort', abort)
    }
  }
}
