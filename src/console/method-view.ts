import type { ExplainedMethod } from '../client/explain.js'
import type { MethodState } from '../core/inspection.js'
import { stages } from '../policies/order.js'
import { callRow } from './call-rows.js'
import { explainedOf, settingsIn } from './explained.js'
import { methodRow } from './figures.js'
import { policyState } from './policy-state.js'
import type { Scene, SeenMethod } from './scene.js'
import { shellView } from './shell-view.js'
import { typeTable } from './type-table.js'
import type { Figures, Layer, MethodView, Range } from './views.js'

export function methodView(scene: Scene, seen: SeenMethod, range: Range): MethodView {
  const { method, service, side } = seen
  const explained = explainedOf(seen)
  const row = methodRow(scene.calls, seen, range)
  const history = scene.calls.find(method.path, side === 'served' ? 'server' : 'client')
  return {
    ...shellView(scene),
    method: row,
    layers: layersOf(scene, seen, { explained, work: row.figures?.work ?? [] }),
    off: explained.off.map(({ policy, from }) => ({ policy, by: from })),
    worst: explained.worst,
    where: whereOf(scene, seen),
    handler: `${service.class.name}.${method.key}`,
    doc: method.doc ?? null,
    types: typeTable([method.input, method.output, ...method.throws]),
    input: method.input.name,
    output: method.output.name,
    throws: method.throws.map(({ name }) => name),
    recent: (history?.recent ?? []).map(callRow),
  }
}

interface Known {
  readonly explained: ExplainedMethod
  readonly work: Figures['work']
}

function layersOf(scene: Scene, { side, method, from }: SeenMethod, { explained, work }: Known): Layer[] {
  const here = side === 'served' ? ['handler'] : ['call', 'attempt']
  const states: MethodState | undefined =
    side === 'served' ? scene.server.inspect().policies[method.path] : from?.channel.inspect().methods[method.path]
  return stages.flatMap(stage =>
    explained.stages[stage].map(({ policy, options, from: by }): Layer => {
      const isHere = here.includes(stage)
      const state = isHere ? policyState(policy, states, work) : undefined
      const elsewhere = side === 'served' ? 'at the caller' : 'at the server'
      return {
        stage,
        policy,
        settings: settingsIn(options),
        by,
        now: state?.now ?? elsewhere,
        level: state?.level ?? 'ok',
      }
    }),
  )
}

function whereOf({ server }: Scene, { from }: SeenMethod): string {
  if (from === undefined) return `${server.protocols.join(' or ')} to this server`
  const { endpoints, target } = from.channel.inspect()
  const names = endpoints.slice(0, 3).map(({ address }) => address)
  const more = endpoints.length > 3 ? ` and ${endpoints.length - 3} more` : ''
  return `${from.channel.settings.protocol} to ${names.length === 0 ? target : names.join(', ')}${more}`
}
