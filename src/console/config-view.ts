import { historyOf } from '../config/config-log.js'
import { isConfigSource } from '../config/config-source.js'
import type { ServiceConfig } from '../config/service-config.js'
import { stages } from '../policies/order.js'
import { explainedOf, settingsIn } from './method-view.js'
import { nameOf, type Scene, type SeenMethod } from './scene.js'
import { shellView } from './shell-view.js'
import type { ConfigChange, ConfigRow, ConfigSourceView, ConfigView, Side } from './views.js'

export function configView(scene: Scene): ConfigView {
  const { methods } = scene
  return { ...shellView(scene), sources: sourcesOf(methods, scene), rows: methods.flatMap(rowsOf) }
}

/** What is declared is what would hold without a configuration. */
function rowsOf(seen: SeenMethod): ConfigRow[] {
  const { config: _, ...unconfigured } = seen.given
  const declared = explainedOf({ ...seen, given: unconfigured })
  const effective = explainedOf(seen)
  return stages.flatMap(stage => {
    const names = new Set([...declared.stages[stage], ...effective.stages[stage]].map(({ policy }) => policy))
    return [...names].map((policy): ConfigRow => {
      const before = declared.stages[stage].find(one => one.policy === policy)
      const now = effective.stages[stage].find(one => one.policy === policy)
      const isOff =
        now === undefined && effective.off.some(one => one.policy === policy && one.from === 'configuration')
      const configured = now?.from === 'configuration' ? shown(now.options) : isOff ? 'off' : null
      return {
        name: nameOf(seen.method),
        side: seen.side,
        policy,
        stage,
        declared: before === undefined ? null : shown(before.options),
        by: before?.from ?? now?.from ?? '',
        configured,
        effective: now === undefined ? null : shown(now.options),
      }
    })
  })
}

/** The policy has a column of its own. */
function shown(summary: string): string {
  const settings = settingsIn(summary)
  return settings === '' ? 'on' : settings
}

function sourcesOf(methods: readonly SeenMethod[], { given }: Scene): ConfigSourceView[] {
  const found = new Map<object, Side>()
  if (given.config !== undefined) found.set(given.config, 'served')
  for (const { side, given: own } of methods)
    if (own.config !== undefined && !found.has(own.config)) found.set(own.config, side)
  return [...found].map(([config, side]) => sourceOf(config, side, methods))
}

function sourceOf(config: object, side: Side, methods: readonly SeenMethod[]): ConfigSourceView {
  const history = isConfigSource(config) ? historyOf(config) : undefined
  if (history === undefined) {
    const unfollowed = { revision: null, since: null, previous: null, refused: null, changes: [] }
    return { side, what: 'given at start-up', value: textOf(config), ...unfollowed }
  }
  const { revision, since, current, previous, refused = null } = history
  return {
    side,
    what: 'followed',
    value: textOf(current),
    revision,
    since,
    previous: previous === undefined ? null : textOf(previous),
    refused,
    changes:
      previous === undefined
        ? []
        : methods.filter(({ given }) => given.config === config).flatMap(seen => changesOf(seen, previous)),
  }
}

/** The policies of a method that another configuration set differently. */
function changesOf(seen: SeenMethod, previous: unknown): ConfigChange[] {
  const before = effectiveOf({ ...seen, given: { ...seen.given, config: previous as ServiceConfig } })
  const after = effectiveOf(seen)
  return [...new Set([...before.keys(), ...after.keys()])].flatMap(policy => {
    const [from = null, to = null] = [before.get(policy), after.get(policy)]
    return from === to ? [] : [{ name: nameOf(seen.method), side: seen.side, policy, from, to }]
  })
}

function effectiveOf(seen: SeenMethod): ReadonlyMap<string, string> {
  const { stages: chains } = explainedOf(seen)
  return new Map(stages.flatMap(stage => chains[stage].map(({ policy, options }) => [policy, shown(options)] as const)))
}

function textOf(config: unknown): string {
  return JSON.stringify(config, null, 2) ?? ''
}
