import { withCall } from '../client/proxy.js'
import type { LeftOut } from '../idl/left-out.js'
import type { ReadModel, SourceModel } from '../idl/model.js'
import { readDescriptors } from '../idl/proto/read.js'
import { type Reflected, reflect } from '../idl/proto/reflect.js'
import { Refusal } from '../idl/refusal.js'
import { oneAttempt } from './client.js'
import type { Typed } from './command.js'
import { headersOf } from './headers.js'
import { placeOf } from './target.js'

const hidden = /^grpc\.(?:health|reflection)\./

/**
 * The contract of a running server, by its reflection, for `import`.
 * @param leftOut takes what classes cannot express
 * @throws Refusal for it, if nothing may be left out
 */
export async function reflectedModel(text: string, typed: Typed, leftOut?: LeftOut): Promise<ReadModel> {
  const { target } = await placeOf(text, typed)
  const reflected = await reflect(target, oneAttempt, remote =>
    withCall(remote, { timeout: '30s', headers: headersOf(typed) }),
  )
  const read = readDescriptors(reflected.files, wantedOf(reflected, false), () => text, leftOut)
  return leftOut === undefined ? read : { ...read, files: leftOut.without(read.files) }
}

/** The same for a call: what classes cannot express is left out, with a note. */
export function modelsOf(reflected: Reflected, sourceOf: () => string, all: boolean): ReadModel {
  const files = new Map<string, SourceModel>()
  const notes: string[] = []
  for (const name of wantedOf(reflected, all)) {
    try {
      for (const file of readDescriptors(reflected.files, [name], sourceOf).files) files.set(file.path, file)
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
