import { builtInCodecs } from '../codecs/built-in.js'
import type { Codec } from '../codecs/codec.js'
import { builtInProtocols } from '../protocols/built-in.js'
import type { Protocol } from '../protocols/protocol.js'
import type { MethodSchema } from '../schema/service.js'
import { routeViews } from './route-views.js'
import { nameOf, type Scene, type SeenChannel, type SeenMethod } from './scene.js'
import type { TrialForm } from './trial-views.js'
import { typeTable } from './type-table.js'

/** A way to reach the server that the console belongs to. */
export interface Wire {
  readonly protocol: Protocol
  /** The scheme of a target. */
  readonly scheme: string
  readonly address: string
  readonly isSecure: boolean
}

/** The name of the wire for calls by a route of `@Http`. */
export const rest = 'rest'

/** @param reflects whether the server that the console belongs to offers reflection */
export function trialForm(seen: SeenMethod, wires: readonly Wire[], reflects: boolean): TrialForm {
  const { method, service, side, from } = seen
  const http = from === undefined ? restWire(wires, method) : undefined
  return {
    name: nameOf(method),
    side,
    key: method.key,
    className: service.class.name,
    kind: method.kind,
    idempotency: method.idempotency,
    positional: method.parameters === 'positional',
    doc: method.doc ?? null,
    types: typeTable([method.input, method.output]),
    input: method.input.name,
    output: method.output.name,
    reflects: from !== undefined || reflects,
    wires:
      from === undefined
        ? [
            ...wires
              .filter(({ protocol }) => protocol.refuses(method) === undefined)
              .map(wire => wireView(wire, method)),
            ...(http === undefined ? [] : [{ name: rest, target: targetOf(http), codecs: [] }]),
          ]
        : [{ name: from.channel.settings.protocol, target: calledTarget(from), codecs: [] }],
    routes: http === undefined ? [] : routeViews(method),
  }
}

/** Where the routes of a method are; undefined if it has none, or HTTP is not served. */
export function restWire(wires: readonly Wire[], { routes }: MethodSchema): Wire | undefined {
  return routes.length === 0 ? undefined : wires.find(({ scheme }) => scheme === 'http' || scheme === 'https')
}

/** Where the server can be called: its first address, with the protocols that it speaks there. */
export function wiresOf({ server }: Scene, isSecure: boolean): Wire[] {
  const [address] = server.addresses
  if (address === undefined) return []
  return builtInProtocols.flatMap((protocol): Wire[] => {
    if (!server.protocols.includes(protocol.name)) return []
    const schemes = [isSecure ? protocol.secureName : protocol.name, webSocketOf(protocol, isSecure)]
    return schemes.flatMap(scheme => (scheme === undefined ? [] : [{ protocol, scheme, address, isSecure }]))
  })
}

/** The scheme of the protocol over WebSocket, if it has one. */
function webSocketOf({ aliases = {}, secureAliases = [] }: Protocol, isSecure: boolean): string | undefined {
  return Object.keys(aliases).find(
    name => aliases[name]?.version === 'websocket' && secureAliases.includes(name) === isSecure,
  )
}

function targetOf({ scheme, address }: Wire): string {
  return `${scheme}://${address}`
}

function wireView(wire: Wire, method: MethodSchema) {
  const { protocol, scheme } = wire
  const codecs = codecsOf(protocol).filter(([, codec]) => protocol.refuses(method, codec) === undefined)
  const names = codecs.map(([name]) => name)
  const first = names.includes(protocol.defaultCodec) ? [protocol.defaultCodec] : []
  return {
    name: scheme,
    target: targetOf(wire),
    codecs: [...first, ...names.filter(name => name !== protocol.defaultCodec)],
  }
}

/** A protocol without codecs of its own takes any; those of other protocols are no use there. */
function codecsOf({ codecs }: Protocol): readonly (readonly [name: string, codec: Codec])[] {
  if (codecs !== undefined) return Object.entries(codecs)
  return builtInCodecs.filter(({ name }) => general.has(name)).map(codec => [codec.name, codec])
}

const general = new Set(['proto', 'json', 'msgpack', 'xml'])

function calledTarget({ channel }: SeenChannel): string {
  const [first] = channel.inspect().endpoints
  return `${channel.settings.protocol}://${first?.address ?? ''}`
}
