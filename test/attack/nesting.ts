import type { Shape } from './rig.js'
import type { Load } from './target.js'
import { codeOf, over, post, wires } from './wires.js'

const deep = 200_000

/** What holds itself again and again, in a field that nobody knows, so that it has to be skipped. */
const unknown: Readonly<Record<string, Buffer>> = {
  'proto: groups': Buffer.concat([repeated([0xdb, 0x06], deep), repeated([0xdc, 0x06], deep)]),
  'proto: groups without an end': repeated([0xdb, 0x06], deep),
  'msgpack: arrays': Buffer.concat([Buffer.from([0x81, 0xa1, 0x7a]), repeated([0x91], deep), Buffer.from([0xc0])]),
  'msgpack: maps': Buffer.concat([Buffer.from([0x81, 0xa1, 0x7a]), repeated([0x81, 0xa1, 0x7a], deep)]),
  'msgpack: maps as keys': Buffer.concat([Buffer.from([0x81]), repeated([0x81], deep)]),
  'msgpack-compact: arrays': Buffer.concat([Buffer.from([0x81, 0x63]), repeated([0x91], deep)]),
  'thrift-binary: structs': repeated([0x0c, 0x00, 0x63], deep),
  'thrift-binary: lists': Buffer.concat([Buffer.from([0x0f, 0x00, 0x63]), repeated([0x0f, 0, 0, 0, 1], deep)]),
  'thrift-compact: structs': Buffer.concat([Buffer.from([0x0c, 0xc6, 0x01]), repeated([0x1c], deep)]),
  'thrift-compact: lists': Buffer.concat([Buffer.from([0x09, 0xc6, 0x01]), repeated([0x19], deep)]),
  'thrift-json: structs': Buffer.from(`{"99":{"rec":`.repeat(deep)),
  'thrift-json: lists': Buffer.from(`{"99":{"lst":${'["lst",1,'.repeat(deep)}`),
  'json: arrays': Buffer.from(`{"unknown":${'['.repeat(deep)}`),
  'xml: elements': Buffer.from(`<Load>${'<a>'.repeat(deep)}`),
}

function repeated(bytes: readonly number[], times: number): Buffer {
  return Buffer.alloc(bytes.length * times, Buffer.from(bytes))
}

function nested(depth: number): Load {
  let load: Load = { text: 'innermost' }
  for (let i = 0; i < depth; i++) load = { inner: load }
  return load
}

const flat = async (port: number) =>
  void (await over('http://AT?codec=proto', port, remote => remote.take({ data: Buffer.alloc(3 * deep) })))

export const shapes: readonly Shape[] = [
  {
    name: `what is nested ${deep} deep in an unknown field is skipped or refused`,
    attack: async (port, t, { spends }) => {
      for (const [name, body] of Object.entries(unknown)) {
        const send = async () => {
          const { status, body: reply } = await post(port, `application/${name.split(':')[0]}`, body)
          t.true(status === 200 || (status >= 400 && status < 500), `${name}, status ${status}: ${reply.slice(0, 200)}`)
        }
        await spends(name, send, flat, 8)
      }
    },
  },
  {
    name: 'messages nested 500 deep are refused on every wire',
    attack: async (port, t, { spends }) => {
      for (const wire of wires) {
        const send = () =>
          over(wire, port, async remote => {
            t.true((await codeOf(remote.take(nested(500)))) !== undefined, `${wire}: it is refused`)
            t.is(await codeOf(remote.take(nested(20))), undefined, `${wire}: the connection, or a new one, serves on`)
          })
        await spends(wire, send, flat, 8)
      }
    },
  },
]
