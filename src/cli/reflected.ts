import { withCall } from '../client/proxy.js'
import type { TargetObject } from '../client/target.js'
import { Code } from '../core/code.js'
import { type Duration, toMilliseconds } from '../core/duration.js'
import { RpcError } from '../core/rpc-error.js'
import type { LeftOut } from '../idl/left-out.js'
import type { ReadModel, SourceModel } from '../idl/model.js'
import { readDescriptors } from '../idl/proto/read.js'
import { type Reflected, reflect } from '../idl/proto/reflect.js'
import { Refusal } from '../idl/refusal.js'
import { dialOptions, oneAttempt } from './client.js'
import type { Typed } from './command.js'
import { explained } from './explained.js'
import { failedAt } from './failed-at.js'
import { headersOf } from './headers.js'
import { OutOfReach } from './out-of-reach.js'
import { httpVersionOf, type Place, placeOf } from './target.js'

const hidden = /^grpc\.(?:health|reflection)\./

/**
 * The contract of a running server, by its reflection, for `import`.
 * @param leftOut takes what classes cannot express
 * @throws Refusal for it, if nothing may be left out
 */
export async function reflectedModel(text: string, typed: Typed, leftOut?: LeftOut): Promise<ReadModel> {
  const found = await reflected(await placeOf(text, typed), typed)
  const read = readDescriptors(found.files, wantedOf(found, false), () => text, leftOut)
  return leftOut === undefined ? read : { ...read, files: leftOut.without(read.files) }
}

/** What a server says of itself. @throws RpcError if it cannot be reached, or has reflection off */
export async function reflected(place: Place, typed: Typed): Promise<Reflected> {
  const { codec: _, ...target } = place.target
  const isHttp1 = place.wire === 'http' && (httpVersionOf(target) ?? '1.1') === '1.1'
  const asked = isHttp1 ? overHttp2(target, place.isSecure) : target
  try {
    const options = { ...oneAttempt, ...dialOptions(typed) }
    // The deadline of a call may be shorter than what its contract takes.
    const timeout = Math.max(10_000, toMilliseconds((typed.valueOf('timeout') ?? '10s') as Duration, '--timeout'))
    return await reflect(asked, options, remote => withCall(remote, { timeout, headers: headersOf(typed) }))
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
    if (error.code !== Code.unimplemented) {
      const reason = await explained(error, place)
      if (!isHttp1 || !(reason instanceof OutOfReach && reason.isHttp1)) throw reason
      const alone = `${place.address} speaks HTTP/1.1 alone, over which no server can describe itself; use --contract`
      throw failedAt(new RpcError(alone, Code.unimplemented, { cause: error }), place.address)
    }
    const message = `${place.address} has reflection off. Start it with serve(..., { reflection: true }), or use --contract`
    throw failedAt(new RpcError(message, Code.unimplemented, { cause: error }), place.address)
  }
}

/** Reflection is a stream both ways, which HTTP/1.1 does not carry. gRPC has no paths, but Connect over HTTP/2 has. */
function overHttp2({ path, options = {}, ...target }: TargetObject, isSecure: boolean): TargetObject {
  if ((path ?? '') === '' && options.path === undefined)
    return { ...target, protocol: isSecure ? 'grpcs' : 'grpc', options: {} }
  return { ...target, ...(path !== undefined && { path }), options: { ...options, version: '2' } }
}

/** The same for a call: what classes cannot express is left out, with a note. */
export function modelsOf(found: Reflected, sourceOf: () => string, all: boolean): ReadModel {
  const files = new Map<string, SourceModel>()
  const notes: string[] = []
  for (const name of wantedOf(found, all)) {
    try {
      for (const file of readDescriptors(found.files, [name], sourceOf).files) files.set(file.path, file)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      notes.push(`left out ${name}: ${error.message}`)
    }
  }
  return { files: [...files.values()], notes }
}

function wantedOf({ files, services }: Reflected, all: boolean): string[] {
  const shown = new Set(services.filter(name => all || !hidden.test(name)))
  const isShown = (pack: string, name: string) => shown.has(pack === '' ? name : `${pack}.${name}`)
  return files.filter(file => file.service.some(({ name }) => isShown(file.package, name))).map(({ name }) => name)
}
