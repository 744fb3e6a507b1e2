// One class by our server and proxy. Variant: `grpc alone`, `grpc all` or `grpc tls`: whether the listener hears that protocol only, all of them, or all of
// them inside of TLS.
import { Meter } from '../../../samples/one-port/meter.js'
import {
  connect as connectTo,
  disconnect,
  Field,
  int32,
  Message,
  Method,
  Service,
  serve,
  string,
} from '../../../src/index.js'
import { authority, server as certificate } from '../../fixtures/certificates.js'

@Message('bench.Note')
class Note {
  @Field(1, int32) id = 0
  @Field(2, string) text = ''
}

@Service('bench.Notes')
class Notes {
  @Method(() => Note)
  async echo(note: Note): Promise<Note> {
    return note
  }
}

const note = Object.assign(new Note(), { id: 7, text: 'what is sent and comes back' })

export async function listen(variant: string): Promise<string> {
  const [protocol = '', way] = variant.split(' ')
  const server = await serve([Notes], {
    host: '127.0.0.1',
    ...(way === 'alone' && { protocols: [protocol] }),
    ...(way === 'tls' && { tls: certificate }),
  })
  return server.address
}

export async function connect(address: string, variant: string): Promise<() => Promise<unknown>> {
  const [protocol = '', way] = variant.split(' ')
  const notes = connectTo(Notes, { protocol, endpoints: [address], ...(way === 'tls' && { tls: { ca: authority } }) })
  return () => notes.echo(note)
}

/** Of one call and its reply, on a connection that stands. */
export async function bytesOf(protocol: string): Promise<number> {
  const server = await serve([Notes], { host: '127.0.0.1', protocols: [protocol] })
  const meter = await Meter.before(server.port)
  const notes = connectTo(Notes, { protocol, endpoints: [meter.address] })
  for (let call = 0; call < 5; call++) await notes.echo(note)
  const before = meter.bytes
  for (let call = 0; call < 10; call++) await notes.echo(note)
  const bytes = (meter.bytes - before) / 10
  await disconnect(notes)
  await Promise.all([meter.close(), server.close()])
  return bytes
}
