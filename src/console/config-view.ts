import type { ExplainedMethod } from '../client/explain.js'
import { historyOf } from '../config/config-log.js'
import { isConfigSource } from '../config/config-source.js'
import type { ServiceConfig } from '../config/service-config.js'
import { stages } from '../policies/order.js'
import { explainedAll, settingsIn } from './explained.js'
import { nameOf, type Scene, type SeenMethod } from './scene.js'
import { shellView } from './shell-view.js'
import type { ConfigChange, ConfigRow, ConfigSourceView, ConfigView, Side } from './views.js'

type Given = SeenMethod['given']

/** Methods of one answer. */
const mostMethods = 100
/** Changes of one answer. */
const mostChanges = 200

/** @param find words that the name of a method must contain */
export function configView(scene: Scene, find: string): ConfigView {
  const found = scene.named(find)
  return {
    ...shellView(scene),
    sources: configsOf(scene).map(one => sourceOf(one, scene.methods)),
    rows: rowsOf(found.slice(0, mostMethods)),
    shown: Math.min(found.length, mostMethods),
    found: found.length,
  }
}

/** What is declared is what would hold without a configuration. */
function rowsOf(methods: readonly SeenMethod[]): ConfigRow[] {
  const declared = explainedAll(replaced(methods, ({ config: _, ...others }) => others))
  const effective = explainedAll(methods)
  return methods.flatMap((seen, at) => {
    const [before, now] = [declared[at], effective[at]]
    return before === undefined || now === undefined ? [] : rowsOfMethod(seen, before, now)
  })
}

/** The methods with other settings. What was one object stays one, by which methods are explained together. */
function replaced(methods: readonly SeenMethod[], change: (given: Given) => Given): SeenMethod[] {
  const changed = new Map<Given, Given>()
  return methods.map(seen => {
    const given = changed.get(seen.given) ?? change(seen.given)
    changed.set(seen.given, given)
    return { ...seen, given }
  })
}

function rowsOfMethod(seen: SeenMethod, declared: ExplainedMethod, effective: ExplainedMethod): ConfigRow[] {
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

/** The configurations of the server and of the channels, and what became of those that are followed. */
export function configsOf({ methods, given }: Pick<Scene, 'methods' | 'given'>): Configured[] {
  const found = new Map<object, Side>()
  if (given.config !== undefined) found.set(given.config, 'served')
  for (const { side, given: own } of methods)
    if (own.config !== undefined && !found.has(own.config)) found.set(own.config, side)
  return [...found].map(([config, side]) => ({
    config,
    side,
    history: isConfigSource(config) ? historyOf(config) : undefined,
  }))
}

interface Configured {
  readonly config: object
  /** The side that has it; `served` if both have. */
  readonly side: Side
  /** Undefined if it is not followed. */
  readonly history: ReturnType<typeof historyOf>
}

function sourceOf({ config, side, history }: Configured, methods: readonly SeenMethod[]): ConfigSourceView {
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
        : changesOf(
            methods.filter(({ given }) => given.config === config),
            previous,
          ).slice(0, mostChanges),
  }
}

/** The policies that another configuration set differently. */
function changesOf(methods: readonly SeenMethod[], previous: unknown): ConfigChange[] {
  const before = explainedAll(replaced(methods, given => ({ ...given, config: previous as ServiceConfig })))
  const after = explainedAll(methods)
  return methods.flatMap((seen, at) => {
    const [old, now] = [settingsOf(before[at]), settingsOf(after[at])]
    return [...new Set([...old.keys(), ...now.keys()])].flatMap(policy => {
      const [from = null, to = null] = [old.get(policy), now.get(policy)]
      return from === to ? [] : [{ name: nameOf(seen.method), side: seen.side, policy, from, to }]
    })
  })
}

function settingsOf(explained: ExplainedMethod | undefined): ReadonlyMap<string, string> {
  const chains = explained === undefined ? [] : stages.flatMap(stage => explained.stages[stage])
  return new Map(chains.map(({ policy, options }) => [policy, shown(options)]))
}

function textOf(config: unknown): string {
  return JSON.stringify(config, null, 2) ?? ''
}
