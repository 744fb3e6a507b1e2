import { builtInCodecs } from '../codecs/built-in.js'
import type { Codec } from '../codecs/codec.js'
import { misuse } from '../core/rpc-error.js'
import { builtInProtocols } from '../protocols/built-in.js'
import type { Protocol } from '../protocols/protocol.js'
import type { Resolver } from '../resolvers/resolver.js'
import type { TargetObject } from './target.js'

/** The custom protocols and codecs that a target can name. */
interface Custom {
  readonly protocols?: readonly Protocol[]
  readonly codecs?: readonly Codec[]
}

export interface ChosenProtocol {
  readonly protocol: Protocol
  readonly secure: boolean
  /** Those of the target, and those that its scheme stands for. */
  readonly settings: Settings
}

type Settings = Readonly<Record<string, string>>

/** @throws RpcError `failed_precondition` if there is no such protocol, or it has no such setting */
export function protocolOf(target: TargetObject, options: Custom): ChosenProtocol {
  const { protocol: name, options: settings = {} } = target
  if (typeof name !== 'string') return { protocol: name, secure: target.tls !== undefined, settings }
  const candidates = [...(options.protocols ?? []), ...builtInProtocols]
  const protocol = candidates.find(one => namesOf(one).includes(name))
  if (protocol !== undefined) {
    const secure = isSecure(protocol, name) || target.tls !== undefined
    return { protocol, secure, settings: { ...new Map(Object.entries(protocol.aliases ?? {})).get(name), ...settings } }
  }
  const names = candidates.flatMap(namesOf)
  throw misuse(
    'unknown_protocol',
    `target: there is no protocol ${JSON.stringify(name)}; it can be ${names.join(', ')}`,
  )
}

/** Whether the scheme is one of the protocol's that stand for connections with TLS. */
export function isSecure(protocol: Protocol | undefined, scheme: string): boolean {
  return protocol?.secureName === scheme || protocol?.secureAliases?.includes(scheme) === true
}

function namesOf({ name, secureName, aliases = {} }: Protocol): string[] {
  return [name, ...(secureName === undefined ? [] : [secureName]), ...Object.keys(aliases)]
}

export function checkSecure(protocol: Protocol, secure: boolean): void {
  if (!secure || protocol.secureName !== undefined) return
  throw misuse('invalid_target', `target: ${protocol.name} has no TLS; leave out tls`)
}

/**
 * The settings with the path of the servers, if the target has one and it is not the resolver's.
 * @throws RpcError `failed_precondition` (`invalid_target`) if the protocol has no paths, or there are two
 */
export function withPath({ protocol, settings }: ChosenProtocol, { path }: TargetObject, resolver: Resolver): Settings {
  if (path === undefined || path === '' || resolver.leavesPath !== true) return settings
  const shown = JSON.stringify(`/${path.slice(0, 40)}`)
  if (protocol.options?.includes('path') !== true)
    throw misuse('invalid_target', `target: ${protocol.name} has no paths; leave out ${shown}`)
  if (settings.path !== undefined)
    throw misuse('invalid_target', `target: it has the path ${shown} and the setting path; leave out one of them`)
  return { ...settings, path: `/${path}` }
}

export function checkOptions(options: Readonly<Record<string, string>>, protocol: Protocol): void {
  const candidates = protocol.options ?? []
  for (const name of Object.keys(options)) {
    if (candidates.includes(name)) continue
    if (name === 'codec')
      throw misuse('invalid_target', "target: codec is not one of the protocol's options; move it out of options")
    throw misuse(
      'invalid_target',
      `target: ${protocol.name} has no setting ${name.slice(0, 40)}; it has ${['codec', ...candidates].join(', ')}`,
    )
  }
}

export function codecOf(choice: string | Codec, protocol: Protocol, options: Custom): Codec {
  if (typeof choice !== 'string') return choice
  const all = [...(options.codecs ?? []), ...builtInCodecs].map((codec): [string, Codec] => [codec.name, codec])
  const candidates = protocol.codecs === undefined ? all : Object.entries(protocol.codecs)
  const codec = candidates.find(([name]) => name === choice)?.[1]
  if (codec !== undefined) return codec
  throw misuse(
    'unknown_codec',
    `target: there is no codec ${JSON.stringify(choice)}; it can be ${candidates.map(([name]) => name).join(', ')}`,
  )
}
