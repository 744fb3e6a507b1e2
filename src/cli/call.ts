import type { MethodSchema } from '../schema/service.js'
import { Calling } from './calling.js'
import { CliError } from './cli-error.js'
import { clientOf } from './client.js'
import type { Typed } from './command.js'
import { contractFor } from './contract.js'
import { findMethod } from './find-method.js'
import { headersOf, shownHeader } from './headers.js'
import { Measured } from './measured.js'
import { requestsOf } from './request.js'
import { type Place, placeOf } from './target.js'
import type { Terminal } from './terminal.js'

export async function run(typed: Typed, terminal: Terminal): Promise<number> {
  const [target, name, ...data] = typed.positionals
  if (target === undefined || name === undefined)
    throw new CliError('call takes TARGET METHOD [DATA...]', { hint: 'polywire help call' })
  const place = await placeOf(target, typed)
  const dialled = performance.now()
  const { services, notes } = await contractFor(place, typed)
  for (const note of notes) terminal.err(`${note}\n`)
  const found = findMethod(name, services, typed)
  const { method } = found
  const reflectionMs = typed.valuesOf('contract').length > 0 ? undefined : performance.now() - dialled
  const requests = await requestsOf(data, method, typed, terminal.stdin)
  const measured = new Measured()
  const client = clientOf(found, place, { typed, measured })
  if (typed.has('verbose')) terminal.err(sentText(place, method, typed))
  try {
    return await new Calling({ typed, terminal, method, place, measured, reflectionMs }).perform(client, requests)
  } finally {
    await client[Symbol.asyncDispose]()
  }
}

/** What `-v` says before the call. */
function sentText({ url }: Place, { path }: MethodSchema, typed: Typed): string {
  const contract = typed.valuesOf('contract').join(', ') || 'reflection'
  const headers = [...headersOf(typed)].map(([name, value]) => `  ${name}: ${shownHeader(name, value, typed)}`)
  return `> ${url.replace('://', ' ')}, contract by ${contract}\n> ${path.slice(1)}${headers.join('')}\n`
}
