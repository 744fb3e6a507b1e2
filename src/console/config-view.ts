import { isConfigSource } from '../config/config-source.js'
import { stages } from '../policies/order.js'
import { explainedOf, settingsIn } from './method-view.js'
import { nameOf, type Scene, type SeenMethod } from './scene.js'
import { shellView } from './shell-view.js'
import type { ConfigRow, ConfigView, Side } from './views.js'

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

function sourcesOf(methods: readonly SeenMethod[], { given }: Scene): ConfigView['sources'] {
  const found = new Map<unknown, Side>()
  if (given.config !== undefined) found.set(given.config, 'served')
  for (const { side, given: own } of methods)
    if (own.config !== undefined && !found.has(own.config)) found.set(own.config, side)
  return [...found].map(([config, side]) => ({ side, ...sourceOf(config as object) }))
}

function sourceOf(config: object): { readonly what: string; readonly value: string } {
  if (!isConfigSource(config)) return { what: 'given at start-up', value: JSON.stringify(config, null, 2) }
  try {
    return { what: 'followed', value: JSON.stringify(config.current(), null, 2) ?? '' }
  } catch (error) {
    return { what: 'followed, but cannot be read now', value: String((error as Error).message) }
  }
}
