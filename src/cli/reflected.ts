import type { ReadModel } from '../idl/model.js'
import { readDescriptors } from '../idl/proto/read.js'
import { type Reflected, reflect } from '../idl/proto/reflect.js'
import type { Typed } from './command.js'

const hidden = /^grpc\.(?:health|reflection)\./

/** The contract of a running server, by its reflection. */
export async function reflectedModel(target: string, _typed: Typed): Promise<ReadModel> {
  return modelOf(await reflect(target), () => target)
}

/** @param all health and reflection too */
export function modelOf({ files, services }: Reflected, sourceOf: (name: string) => string, all = false): ReadModel {
  const shown = new Set(services.filter(name => all || !hidden.test(name)))
  const wanted = files.filter(file => file.service.some(({ name }) => shown.has(file.package === '' ? name : `${file.package}.${name}`)))
  return readDescriptors(
    files,
    wanted.map(({ name }) => name),
    sourceOf,
  )
}
